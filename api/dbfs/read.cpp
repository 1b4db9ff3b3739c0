#include "api/dbfs/endpoints.h"
#include "core/error.h"
#include "core/hash.h"
#include "core/json_reader.h"

// get-status, list, read: what changes nothing.
namespace stoker::api::dbfs {
namespace {
nlohmann::json status_json(const FileStatus& status) {
    return {{"path", status.path},
            {"is_dir", status.is_dir},
            {"file_size", status.size},
            {"modification_time", status.modified}};
}
}  // namespace

Answer get_status(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const std::string path = parse_path(parameters);
    authorize_files(request);
    auto look = [path](FileTree& tree) { return tree.status(path); };
    const FileStatus status = co_await services.dbfs.run(look, FileApi::kDbfs);
    co_return json_response(status_json(status));
}

Answer list(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const std::string path = parse_path(parameters);
    authorize_files(request);
    auto look = [path, most = services.settings.dbfs_list_limit](FileTree& tree) { return tree.list(path, most); };
    const std::vector<FileStatus> found = co_await services.dbfs.run(look, FileApi::kDbfs);
    nlohmann::json answer = nlohmann::json::object();
    for (const FileStatus& status : found) answer["files"].push_back(status_json(status));
    co_return json_response(answer);
}

Answer read(Services& services, Request& request) {
    constexpr std::int64_t kDefaultLength = kMaxBlock / 2;
    const JsonReader parameters(request.parameters);
    const std::string path = parse_path(parameters);
    const std::int64_t offset = parameters.integer_or("offset", 0);
    const std::int64_t length = parameters.integer_or("length", kDefaultLength);
    if (length > static_cast<std::int64_t>(kMaxBlock))
        throw ApiError(ErrorCode::kMaxReadSizeExceeded,
                       "length: the limit is 1 MB (" + std::to_string(kMaxBlock) + ").");
    authorize_files(request);
    auto look = [path, offset, length](FileTree& tree) {
        const std::string bytes = tree.open(path).read(offset, static_cast<std::size_t>(length));
        return nlohmann::json{{"bytes_read", bytes.size()}, {"data", base64_encode(bytes)}};
    };
    const nlohmann::json answer = co_await services.dbfs.run(look, FileApi::kDbfs);
    co_return json_response(answer);
}

}  // namespace stoker::api::dbfs
