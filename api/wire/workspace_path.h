#pragma once
#include <string>
#include <string_view>

namespace stoker::api {

/// Absolute, without `.` and `..` segments, at most 4096 bytes.
bool is_workspace_path(std::string_view path);
/// Without the optional /Workspace prefix, doubled and trailing slashes; "/" is the root.
std::string canonical_path(std::string_view path);
std::string parent_of(std::string_view canonical);
std::string name_of(std::string_view canonical);
/// The form of `canonical` that a client which asked with `requested` shall see.
std::string shown_path(std::string_view canonical, std::string_view requested);

}  // namespace stoker::api
