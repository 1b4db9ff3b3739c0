#pragma once
#include <string>

#include "api/http/router.h"

namespace stoker::api {

/// docs/api_compatibility.md: which endpoints there are and what becomes of each field of their requests.
std::string compatibility_text(const Router& router);

}  // namespace stoker::api
