#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stoker::api {

/// What stands above the cells.
struct NotebookHead {
    std::string name;
    std::vector<std::pair<std::string, std::string>> facts;  // name and value, in this order
};

/// An executed notebook (nbformat, JSON text) as one HTML page that needs nothing from elsewhere and runs no script.
/// Notebooks are hostile: what they say is escaped, and HTML that cells displayed stands in frames that may do nothing.
/// nullopt: it would take more than about `limit` bytes.
std::optional<std::string> notebook_html(std::string_view notebook, const NotebookHead& head, std::size_t limit);

}  // namespace stoker::api
