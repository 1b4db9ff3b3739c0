#include "api/files/endpoints.h"
#include "api/files/tree_path.h"
#include "api/http/parameters.h"
#include "core/error.h"

namespace stoker::api::files {
namespace {
constexpr std::string_view kVolumes = "/Volumes";
constexpr std::string_view kArtifacts = "/WorkspaceInternal/Mlflow/Artifacts";

/// The next segment, with what follows it left in `path`.
std::string take_segment(std::string_view& path) {
    if (path.starts_with('/')) path.remove_prefix(1);
    const std::string segment(path.substr(0, path.find('/')));
    path.remove_prefix(segment.size());
    return segment;
}

/// <experiment>/Runs/<run>/… and <experiment>/LoggedModels/<model>/…, as the store has them.
std::string artifact_of(std::string_view path) {
    const std::string experiment = take_segment(path);
    const std::string kind = take_segment(path);
    const std::string owner = take_segment(path);
    if (owner.empty()) return "";
    if (kind == "Runs") return experiment + "/" + owner + std::string(path);
    if (kind == "LoggedModels") return experiment + "/models/" + owner + std::string(path);
    return "";
}

std::size_t depth(std::string_view path) {
    std::size_t segments = 0;
    for (char c : path) segments += c == '/' ? 1 : 0;
    return segments;
}
}  // namespace

Place parse_place(const Request& request, PlaceOf what) {
    constexpr std::size_t kVolumeDepth = 4;  // /Volumes/<catalog>/<schema>/<volume>
    Place place;
    place.sent = tree_path(path_text(request, "path")).value_or("");
    if (place.sent.empty()) throw ApiError::invalid_parameter("path: expected an absolute path.");
    if (is_within_tree(place.sent, kVolumes)) {
        if (what == PlaceOf::kFile && depth(place.sent) <= kVolumeDepth)
            throw ApiError::invalid_parameter("path: " + place.sent +
                                              " is not in a volume; expected /Volumes/<catalog>/<schema>/<volume>/…");
        place.target = place.sent;
        return place;
    }
    place.kind = Place::Kind::kArtifact;
    if (is_within_tree(place.sent, kArtifacts)) place.target = artifact_of(place.sent.substr(kArtifacts.size()));
    if (place.target.empty())
        throw ApiError(ErrorCode::kNotFound, "There is nothing at " + place.sent +
                                                 ": the Files API leads to /Volumes/… and to MLflow's artifacts.");
    return place;
}

Response no_content() {
    Response response;
    response.status = 204;
    response.content_type = "";
    response.body = "";
    return response;
}

}  // namespace stoker::api::files
