#include "core/error.h"

#include <array>

namespace stoker {
namespace {
constexpr std::array<ErrorCodeRow, 30> kTable{{
    {ErrorCode::kInvalidParameterValue, "INVALID_PARAMETER_VALUE", 400},
    {ErrorCode::kMalformedRequest, "MALFORMED_REQUEST", 400},
    {ErrorCode::kBadRequest, "BAD_REQUEST", 400},
    {ErrorCode::kInvalidState, "INVALID_STATE", 400},
    {ErrorCode::kResourceAlreadyExists, "RESOURCE_ALREADY_EXISTS", 400},
    {ErrorCode::kAlreadyExists, "ALREADY_EXISTS", 409},
    {ErrorCode::kResourceDoesNotExist, "RESOURCE_DOES_NOT_EXIST", 404},
    {ErrorCode::kNotFound, "NOT_FOUND", 404},
    {ErrorCode::kEndpointNotFound, "ENDPOINT_NOT_FOUND", 404},
    {ErrorCode::kFeatureDisabled, "FEATURE_DISABLED", 404},
    {ErrorCode::kPermissionDenied, "PERMISSION_DENIED", 403},
    {ErrorCode::kUnauthenticated, "UNAUTHENTICATED", 401},
    {ErrorCode::kResourceConflict, "RESOURCE_CONFLICT", 409},
    {ErrorCode::kRequestLimitExceeded, "REQUEST_LIMIT_EXCEEDED", 429},
    {ErrorCode::kResourceExhausted, "RESOURCE_EXHAUSTED", 429},
    {ErrorCode::kQuotaExceeded, "QUOTA_EXCEEDED", 400},
    {ErrorCode::kRequestTooLarge, "BAD_REQUEST", 413},
    {ErrorCode::kHeadersTooLarge, "BAD_REQUEST", 431},
    {ErrorCode::kPreconditionFailed, "BAD_REQUEST", 412},
    {ErrorCode::kRangeNotSatisfiable, "BAD_REQUEST", 416},
    {ErrorCode::kDirectoryNotEmpty, "DIRECTORY_NOT_EMPTY", 400},
    {ErrorCode::kMaxNotebookSizeExceeded, "MAX_NOTEBOOK_SIZE_EXCEEDED", 400},
    {ErrorCode::kMaxBlockSizeExceeded, "MAX_BLOCK_SIZE_EXCEEDED", 400},
    {ErrorCode::kMaxReadSizeExceeded, "MAX_READ_SIZE_EXCEEDED", 400},
    {ErrorCode::kMaxListSizeExceeded, "MAX_LIST_SIZE_EXCEEDED", 400},
    {ErrorCode::kIoError, "IO_ERROR", 400},
    {ErrorCode::kNotImplemented, "NOT_IMPLEMENTED", 501},
    {ErrorCode::kTemporarilyUnavailable, "TEMPORARILY_UNAVAILABLE", 503},
    {ErrorCode::kDeadlineExceeded, "DEADLINE_EXCEEDED", 504},
    {ErrorCode::kInternalError, "INTERNAL_ERROR", 500},
}};
}  // namespace

std::span<const ErrorCodeRow> error_codes() {
    return kTable;
}

const ErrorCodeRow& error_code_row(ErrorCode code) {
    return kTable.at(static_cast<std::size_t>(code));
}

ApiError ApiError::job_does_not_exist(JobId job_id) {
    return invalid_parameter("Job " + to_string(job_id) + " does not exist.");
}

ApiError ApiError::run_does_not_exist(RunId run_id) {
    return invalid_parameter("Run " + to_string(run_id) + " does not exist.");
}

ApiError ApiError::cluster_does_not_exist(const ClusterId& cluster_id) {
    return invalid_parameter("Cluster " + cluster_id + " does not exist");
}

ApiError ApiError::path_does_not_exist(std::string_view path) {
    return {ErrorCode::kResourceDoesNotExist, "Path (" + std::string(path) + ") doesn't exist."};
}

}  // namespace stoker
