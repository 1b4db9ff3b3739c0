#include <algorithm>

#include "api/files/endpoints.h"
#include "api/files/file_store.h"
#include "api/mlflow/artifact_store.h"
#include "core/error.h"
#include "core/hash.h"
#include "core/json_reader.h"

// fs/directories.
namespace stoker::api::files {
namespace {
constexpr std::int64_t kMaxPage = 1000;

void check_right(const Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
}

ApiError missing(const Place& place) {
    return api_error(FileError(FileProblem::kMissing, place.sent), FileApi::kFiles);
}

/// The token is the name to go on after.
std::string parse_page_token(const JsonReader& parameters) {
    const std::string token = parameters.optional_string("page_token").value_or("");
    auto name = base64url_decode(token);
    if (!name) parameters.refuse("page_token", "is not a page token of this list.");
    return std::move(*name);
}

nlohmann::json file_entry(const FileStatus& status) {
    nlohmann::json entry{{"path", status.path},
                         {"name", status.path.substr(status.path.rfind('/') + 1)},
                         {"is_directory", status.is_dir},
                         {"last_modified", status.modified}};
    if (!status.is_dir) entry["file_size"] = status.size;
    return entry;
}

nlohmann::json artifact_entry(const Place& folder, const Artifact& artifact) {
    nlohmann::json entry{
        {"path", folder.sent + "/" + artifact.name}, {"name", artifact.name}, {"is_directory", artifact.is_dir}};
    if (!artifact.is_dir) entry["file_size"] = artifact.size;
    return entry;
}

Answer list_artifact_folder(Services& services, Principal by, Place place, std::string after, std::size_t size) {
    const std::vector<Artifact> artifacts = co_await list_artifacts(services, std::move(by), place.target);
    if (artifacts.empty()) throw missing(place);
    nlohmann::json answer = nlohmann::json::object();
    auto next = std::ranges::upper_bound(artifacts, after, {}, &Artifact::name);
    for (std::size_t count = 0; next != artifacts.end() && count < size; ++next, ++count)
        answer["contents"].push_back(artifact_entry(place, *next));
    if (next != artifacts.end()) answer["next_page_token"] = base64url_encode(std::prev(next)->name);
    co_return json_response(answer);
}
}  // namespace

Answer make_directory(Services& services, Request& request) {
    check_right(request);
    const Place place = parse_place(request, PlaceOf::kFolder);
    // MLflow's store has the folders that something is in, and makes them when it comes.
    if (place.kind == Place::Kind::kArtifact) co_return no_content();
    auto make = [path = place.target](FileTree& tree) { tree.make_folders(path); };
    co_await services.dbfs.run(make, FileApi::kFiles);
    co_return no_content();
}

Answer look_at_directory(Services& services, Request& request) {
    check_right(request);
    const Place place = parse_place(request, PlaceOf::kFolder);
    bool is_there = false;
    if (place.kind == Place::Kind::kArtifact) {
        const std::vector<Artifact> artifacts = co_await list_artifacts(services, request.principal, place.target);
        is_there = !artifacts.empty();
    } else {
        auto look = [path = place.target](FileTree& tree) { return tree.status(path).is_dir; };
        is_there = co_await services.dbfs.run(look, FileApi::kFiles);
    }
    if (!is_there) throw missing(place);
    Response answer = no_content();
    answer.status = 200;
    co_return answer;
}

Answer list_directory(Services& services, Request& request) {
    check_right(request);
    Place place = parse_place(request, PlaceOf::kFolder);
    const JsonReader parameters(request.parameters);
    const std::int64_t asked = parameters.integer_or("page_size", kMaxPage);
    const auto size = static_cast<std::size_t>(asked == 0 ? kMaxPage : std::min(asked, kMaxPage));
    std::string after = parse_page_token(parameters);
    if (place.kind == Place::Kind::kArtifact)
        co_return co_await list_artifact_folder(services, request.principal, std::move(place), std::move(after), size);
    auto look = [path = place.target, after, size](FileTree& tree) { return tree.list_page(path, after, size); };
    const FileTree::Page page = co_await services.dbfs.run(look, FileApi::kFiles);
    nlohmann::json answer = nlohmann::json::object();
    for (const FileStatus& status : page.entries) answer["contents"].push_back(file_entry(status));
    if (!page.next.empty()) answer["next_page_token"] = base64url_encode(page.next);
    co_return json_response(answer);
}

Answer remove_directory(Services& services, Request& request) {
    check_right(request);
    const Place place = parse_place(request, PlaceOf::kFolder);
    if (place.kind == Place::Kind::kArtifact) {
        const std::vector<Artifact> artifacts = co_await list_artifacts(services, request.principal, place.target);
        if (artifacts.empty()) throw missing(place);
        throw api_error(FileError(FileProblem::kNotEmpty, place.sent), FileApi::kFiles);
    }
    auto erase = [path = place.target](FileTree& tree) {
        if (!tree.status(path).is_dir) return false;
        return tree.remove(path, Recursive::kNo);
    };
    const bool removed = co_await services.dbfs.run(erase, FileApi::kFiles);
    if (!removed) throw missing(place);
    co_return no_content();
}

}  // namespace stoker::api::files
