#pragma once
#include <string>
#include <string_view>

namespace stoker::api {

/// Markdown as GitHub reads it, as HTML. Raw HTML in it is shown as text, only web and mail links lead anywhere, and
/// pictures from elsewhere are left out.
std::string markdown_to_html(std::string_view markdown);

}  // namespace stoker::api
