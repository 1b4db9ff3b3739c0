#include "api/dbfs/endpoints.h"
#include "api/files/file_store.h"
#include "api/node_files/endpoints.h"
#include "core/hash.h"
#include "core/json_reader.h"

// What is known of a path, and what changes names.
namespace stoker::api::node_files {
namespace {
constexpr std::size_t kPage = 1000;
}

nlohmann::json status_json(const FileStatus& status) {
    return {{"path", status.path},
            {"is_dir", status.is_dir},
            {"file_size", status.size},
            {"modified_ns", status.modified_ns},
            {"content_tag", status.content_tag}};
}

Answer status(Services& services, Request& request) {
    const std::string path = dbfs::parse_path(JsonReader(request.parameters));
    dbfs::authorize_files(request);
    auto look = [path](FileTree& tree) { return tree.status(path); };
    const FileStatus found = co_await services.dbfs.run(look, FileApi::kFiles);
    co_return json_response(status_json(found));
}

Answer list(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const std::string path = dbfs::parse_path(parameters);
    const auto after = base64url_decode(parameters.optional_string("page_token").value_or(""));
    if (!after) parameters.refuse("page_token", "is not a page token of this list.");
    dbfs::authorize_files(request);
    auto look = [path, after = *after](FileTree& tree) { return tree.list_page(path, after, kPage); };
    const FileTree::Page page = co_await services.dbfs.run(look, FileApi::kFiles);
    nlohmann::json answer{{"files", nlohmann::json::array()}};
    for (const FileStatus& entry : page.entries) answer["files"].push_back(status_json(entry));
    if (!page.next.empty()) answer["next_page_token"] = base64url_encode(page.next);
    co_return json_response(answer);
}

Answer make_directory(Services& services, Request& request) {
    const std::string path = dbfs::parse_path(JsonReader(request.parameters));
    dbfs::authorize_files(request);
    auto make = [path](FileTree& tree) { tree.make_folder(path); };
    co_await services.dbfs.run(make, FileApi::kFiles);
    co_return Response{};
}

Answer remove_directory(Services& services, Request& request) {
    const std::string path = dbfs::parse_path(JsonReader(request.parameters));
    dbfs::authorize_files(request);
    auto erase = [path](FileTree& tree) { tree.remove_folder(path); };
    co_await services.dbfs.run(erase, FileApi::kFiles);
    co_return Response{};
}

Answer remove(Services& services, Request& request) {
    const std::string path = dbfs::parse_path(JsonReader(request.parameters));
    dbfs::authorize_files(request);
    auto erase = [path](FileTree& tree) { tree.unlink(path); };
    co_await services.dbfs.run(erase, FileApi::kFiles);
    co_return Response{};
}

Answer rename(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const std::string from = dbfs::parse_path(parameters, "source_path");
    const std::string to = dbfs::parse_path(parameters, "destination_path");
    const Overwrite overwrite = parameters.boolean_or("overwrite", false) ? Overwrite::kYes : Overwrite::kNo;
    dbfs::authorize_files(request);
    auto move = [from, to, overwrite](FileTree& tree) { tree.rename(from, to, overwrite); };
    co_await services.dbfs.run(move, FileApi::kFiles);
    co_return Response{};
}

Answer link(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const std::string from = dbfs::parse_path(parameters, "source_path");
    const std::string to = dbfs::parse_path(parameters, "destination_path");
    dbfs::authorize_files(request);
    auto give_name = [from, to](FileTree& tree) { tree.link(from, to); };
    co_await services.dbfs.run(give_name, FileApi::kFiles);
    co_return Response{};
}

Answer set_modified(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const std::string path = dbfs::parse_path(parameters);
    const std::int64_t modified_ns = parameters.integer("modified_ns");
    dbfs::authorize_files(request);
    auto set = [path, modified_ns](FileTree& tree) { tree.set_modified(path, modified_ns); };
    co_await services.dbfs.run(set, FileApi::kFiles);
    co_return Response{};
}

}  // namespace stoker::api::node_files
