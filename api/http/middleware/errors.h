#pragma once
#include <exception>

#include "api/http/request.h"
#include "core/error.h"

namespace stoker::api {

/// The one place where a failure becomes an answer. ApiError: the reference's shape. db::Unavailable: 503 with
/// Retry-After. Anything else: 500 with the request id; its text goes to the log, never to the client.
Response error_response(const Request& request, std::exception_ptr failure);
Response error_response(const ApiError& error);

}  // namespace stoker::api
