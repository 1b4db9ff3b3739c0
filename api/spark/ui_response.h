#pragma once
#include <string>

#include "api/http/request.h"

namespace stoker::api {

/// What a driver's UI answered (a whole HTTP response) as an answer of ours. `base`: where its pages are for the
/// browser, without a slash at the end; `host`: ours, with the port.
///
/// Who runs code on a cluster decides what these pages hold, and they come from our origin: a policy keeps them to what
/// lies beneath `base`, in requests, forms and frames. Throws std::runtime_error when `raw` is no HTTP response.
Response ui_response(const std::string& raw, const std::string& base, const std::string& host);

}  // namespace stoker::api
