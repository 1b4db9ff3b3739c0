#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace stoker::api {

/// `sent` without scheme (`dbfs:`), doubled and trailing slashes: "/a/b", "/" for the root. nullopt when it is not
/// absolute, climbs (`..`), is no storable text or longer than 4096 bytes, or names the hidden folder.
std::optional<std::string> tree_path(std::string_view sent);

/// Whether `path` is `folder` or in it.
bool is_within_tree(std::string_view path, std::string_view folder);

}  // namespace stoker::api
