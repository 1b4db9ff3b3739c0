#include "api/http/middleware/errors.h"

#include <spdlog/spdlog.h>

#include "api/http/exchange.h"
#include "db/errors.h"

namespace stoker::api {

Response error_response(const ApiError& error) {
    const ErrorCodeRow& row = error_code_row(error.code());
    nlohmann::json body;
    body["error_code"] = row.wire_name;
    body["message"] = error.what();
    Response response = json_response(body, row.http_status);
    if (error.retry_after) response.headers.add("Retry-After", std::to_string(*error.retry_after));
    return response;
}

Response error_response(const Request& request, std::exception_ptr failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const ApiError& error) {
        return error_response(error);
    } catch (const db::Unavailable& error) {
        spdlog::error("database unavailable request_id={} path={} cause=\"{}\"", request.request_id, request.path,
                      error.what());
        ApiError answer(ErrorCode::kTemporarilyUnavailable, "The database cannot serve the request at the moment.");
        answer.retry_after = 1;
        return error_response(answer);
    } catch (const db::InDoubt& error) {
        spdlog::error("commit in doubt request_id={} path={} cause=\"{}\"", request.request_id, request.path,
                      error.what());
        return error_response(
            ApiError(ErrorCode::kInternalError,
                     "The database connection was lost while the change was written: look whether it took effect "
                     "before sending it again. Request id: " +
                         request.request_id));
    } catch (const ClientGone& error) {
        spdlog::info("client went away request_id={} method={} path={} cause=\"{}\"", request.request_id,
                     request.method, request.path, error.what());
        return Response();
    } catch (const std::exception& error) {
        spdlog::error("request failed request_id={} method={} path={} cause=\"{}\"", request.request_id, request.method,
                      request.path, error.what());
        return error_response(
            ApiError(ErrorCode::kInternalError,
                     "The request failed for an internal reason, which the server has logged. Request id: " +
                         request.request_id));
    }
}

}  // namespace stoker::api
