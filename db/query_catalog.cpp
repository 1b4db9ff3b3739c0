#include "db/query_catalog.h"

#include <map>
#include <span>
#include <stdexcept>
#include <string>

#include "core/embedded.h"

namespace stoker::embedded {
std::span<const EmbeddedFile> queries();
}

namespace stoker::db {
namespace {
constexpr std::string_view kMarker = "-- name: ";

std::map<std::string_view, std::string_view> load() {
    std::map<std::string_view, std::string_view> queries;
    for (const EmbeddedFile& file : embedded::queries()) {
        std::string_view rest = file.content;
        for (auto at = rest.find(kMarker); at != std::string_view::npos; at = rest.find(kMarker)) {
            rest.remove_prefix(at + kMarker.size());
            auto line_end = rest.find('\n');
            std::string_view name = rest.substr(0, line_end);
            rest.remove_prefix(line_end + 1);
            if (!queries.emplace(name, rest.substr(0, rest.find(kMarker))).second)
                throw std::logic_error("two queries are named " + std::string(name));
        }
    }
    return queries;
}

const std::map<std::string_view, std::string_view>& catalog() {
    static const std::map<std::string_view, std::string_view> queries = load();
    return queries;
}
}  // namespace

std::string_view query_text(std::string_view name) {
    auto found = catalog().find(name);
    if (found == catalog().end()) throw std::logic_error("no query is named " + std::string(name));
    return found->second;
}

std::vector<std::string_view> query_names() {
    std::vector<std::string_view> names;
    for (const auto& [name, text] : catalog()) names.push_back(name);
    return names;
}

}  // namespace stoker::db
