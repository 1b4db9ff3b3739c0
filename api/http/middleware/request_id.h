#pragma once
#include <string>

#include "api/http/headers.h"

namespace stoker::api {

/// The client's X-Request-Id when it is short and plain, else a fresh one: it goes into the log and into the answer.
std::string request_id_of(const Headers& headers);

}  // namespace stoker::api
