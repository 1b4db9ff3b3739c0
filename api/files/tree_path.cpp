#include "api/files/tree_path.h"

#include "api/http/url.h"
#include "api/wire/workspace_path.h"
#include "core/dbfs.h"

namespace stoker::api {

std::optional<std::string> tree_path(std::string_view sent) {
    constexpr std::string_view kScheme = "dbfs:";
    if (sent.starts_with(kScheme)) sent.remove_prefix(kScheme.size());
    if (!is_workspace_path(sent) || !is_storable_text(sent)) return std::nullopt;
    std::string path;
    for (char c : sent)
        if (c != '/' || path.empty() || path.back() != '/') path += c;
    if (path.size() > 1 && path.back() == '/') path.pop_back();
    if (is_within_tree(path, "/" + std::string(kDbfsHiddenFolder))) return std::nullopt;
    return path;
}

bool is_within_tree(std::string_view path, std::string_view folder) {
    return folder == "/" || path == folder || (path.starts_with(folder) && path.substr(folder.size()).starts_with('/'));
}

}  // namespace stoker::api
