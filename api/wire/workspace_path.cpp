#include "api/wire/workspace_path.h"

namespace stoker::api {
namespace {
constexpr std::string_view kPrefix = "/Workspace";

bool has_prefix(std::string_view path) {
    return path.starts_with(kPrefix) && (path.size() == kPrefix.size() || path[kPrefix.size()] == '/');
}
}  // namespace

bool is_workspace_path(std::string_view path) {
    if (path.empty() || path.front() != '/' || path.size() > 4096) return false;
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t end = std::min(path.find('/', at + 1), path.size());
        const std::string_view segment = path.substr(at + 1, end - at - 1);
        if (segment == "." || segment == "..") return false;
        at = end;
    }
    return true;
}

std::string canonical_path(std::string_view path) {
    std::string result;
    for (char c : path)
        if (c != '/' || result.empty() || result.back() != '/') result += c;
    if (has_prefix(result)) result.erase(0, kPrefix.size());
    if (result.size() > 1 && result.back() == '/') result.pop_back();
    return result.empty() ? "/" : result;
}

std::string parent_of(std::string_view canonical) {
    const std::size_t slash = canonical.rfind('/');
    return slash == 0 || slash == std::string_view::npos ? "/" : std::string(canonical.substr(0, slash));
}

std::string name_of(std::string_view canonical) {
    return std::string(canonical.substr(canonical.rfind('/') + 1));
}

std::string shown_path(std::string_view canonical, std::string_view requested) {
    return has_prefix(requested) ? std::string(kPrefix) + std::string(canonical) : std::string(canonical);
}

}  // namespace stoker::api
