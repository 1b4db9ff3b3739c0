#pragma once
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/ids.h"

namespace stoker {

/// The error codes a client can see. One row of the table in error.cpp each: wire name and HTTP status.
enum class ErrorCode {
    kInvalidParameterValue,
    kMalformedRequest,
    kBadRequest,
    kInvalidState,
    kResourceAlreadyExists,
    kAlreadyExists,
    kResourceDoesNotExist,
    kNotFound,
    kEndpointNotFound,
    kFeatureDisabled,
    kPermissionDenied,
    kUnauthenticated,
    kResourceConflict,
    kRequestLimitExceeded,
    kResourceExhausted,
    kQuotaExceeded,
    kRequestTooLarge,
    kHeadersTooLarge,
    kPreconditionFailed,
    kRangeNotSatisfiable,
    kDirectoryNotEmpty,
    kMaxNotebookSizeExceeded,
    kMaxBlockSizeExceeded,
    kMaxReadSizeExceeded,
    kMaxListSizeExceeded,
    kIoError,
    kNotImplemented,
    kTemporarilyUnavailable,
    kDeadlineExceeded,
    kInternalError,
};

struct ErrorCodeRow {
    ErrorCode code;
    std::string_view wire_name;
    int http_status;
};

/// All rows, in enumerator order.
std::span<const ErrorCodeRow> error_codes();
const ErrorCodeRow& error_code_row(ErrorCode code);

/// The only failure a client can see: thrown in api/ and by validation, turned into
/// `{"error_code","message"}` by the one catch in api/http/middleware/errors.cpp.
class ApiError : public std::runtime_error {
  public:
    ApiError(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
    ErrorCode code() const { return code_; }

    /// Seconds for the Retry-After header of a 429 or 503.
    std::optional<int> retry_after;

    // Sentences that clients match by regular expression; nobody writes them a second time.
    static ApiError job_does_not_exist(JobId job_id);
    static ApiError run_does_not_exist(RunId run_id);
    static ApiError cluster_does_not_exist(const ClusterId& cluster_id);
    static ApiError path_does_not_exist(std::string_view path);
    static ApiError invalid_parameter(const std::string& message) {
        return {ErrorCode::kInvalidParameterValue, message};
    }

  private:
    ErrorCode code_;
};

}  // namespace stoker
