#include "clusters/library.h"

#include <algorithm>

#include "core/error.h"

namespace stoker::clusters {
namespace {

constexpr std::string_view kKinds[] = {"pypi", "whl", "requirements", "maven", "jar"};
constexpr std::string_view kRetiredKinds[] = {"egg", "cran"};

bool is_plain(std::string_view text, std::string_view extra) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](unsigned char c) {
        return std::isalnum(c) || extra.find(static_cast<char>(c)) != std::string_view::npos;
    });
}

/// What reaches a command line must be data: no option, no second line.
void check_text(const JsonReader& reader, std::string_view field, const std::string& text) {
    if (text.front() == '-') reader.refuse(field, "must not begin with '-'.");
    if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
        reader.refuse(field, "must not contain control characters.");
    if (text.size() > 2000) reader.refuse(field, "is longer than 2000 characters.");
}

std::string required(const JsonReader& reader, std::string_view field) {
    std::string text = reader.string(field);
    check_text(reader, field, text);
    return text;
}

std::string repository(const JsonReader& reader) {
    auto repo = reader.optional_string("repo");
    if (!repo || repo->empty()) return "";
    check_text(reader, "repo", *repo);
    bool known = repo->starts_with("https://") || repo->starts_with("http://") || repo->starts_with("file:///");
    if (!known || repo->find_first_of(" <>&\"'") != std::string::npos)
        reader.refuse("repo", "expected a URL (https://, http:// or file:///).");
    return *repo;
}

std::string file_with(const JsonReader& reader, std::string_view field, std::vector<std::string_view> endings) {
    std::string file = required(reader, field);
    bool ends_well =
        std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) { return file.ends_with(ending); });
    if (!ends_well) reader.refuse(field, "expected a path that ends in " + std::string(endings.front()) + ".");
    if (!file.starts_with("dbfs:/") && !file.starts_with("file:/") && !file.starts_with("/"))
        reader.refuse(field, "expected a path that begins with dbfs:/, file:/, /dbfs/, /Volumes/ or /Workspace/.");
    return file;
}

Library parse_maven(const JsonReader& maven) {
    Library library{LibraryKind::kMaven, required(maven, "coordinates"), repository(maven),
                    maven.strings("exclusions")};
    if (!parse_maven_coordinates(library.name))
        maven.refuse("coordinates", "expected group:artifact:version, got '" + library.name + "'.");
    for (std::size_t i = 0; i < library.exclusions.size(); ++i) {
        const std::string& exclusion = library.exclusions[i];
        auto colon = exclusion.find(':');
        if (colon == std::string::npos || !is_plain(exclusion.substr(0, colon), "._-*") ||
            !is_plain(exclusion.substr(colon + 1), "._-*"))
            maven.refuse("exclusions[" + std::to_string(i) + "]", "expected group:artifact, got '" + exclusion + "'.");
    }
    return library;
}

Library parse_library(const JsonReader& element) {
    for (std::string_view kind : kRetiredKinds)
        if (element.has(kind)) element.refuse(kind, "this kind of library is not supported.");
    std::vector<std::string_view> given;
    for (std::string_view kind : kKinds)
        if (element.has(kind)) given.push_back(kind);
    if (given.size() != 1)
        throw ApiError::invalid_parameter(element.path() +
                                          ": expected exactly one of pypi, whl, requirements, maven, jar, got " +
                                          (given.empty() ? std::string("none") : std::to_string(given.size())) + ".");
    if (given[0] == "pypi") {
        JsonReader pypi = element.object("pypi");
        Library library{LibraryKind::kPypi, required(pypi, "package"), repository(pypi), {}};
        if (!std::isalnum(static_cast<unsigned char>(library.name.front())))
            pypi.refuse("package",
                        "expected a package requirement such as simplejson==3.8.0, got '" + library.name + "'.");
        return library;
    }
    if (given[0] == "whl") return {LibraryKind::kWhl, file_with(element, "whl", {".whl"}), "", {}};
    if (given[0] == "requirements")
        return {LibraryKind::kRequirements, file_with(element, "requirements", {".txt"}), "", {}};
    if (given[0] == "jar") return {LibraryKind::kJar, file_with(element, "jar", {".jar"}), "", {}};
    return parse_maven(element.object("maven"));
}

}  // namespace

std::vector<Library> parse_libraries(const JsonReader& reader, std::string_view field) {
    std::vector<Library> libraries;
    for (const JsonReader& element : reader.objects(field)) libraries.push_back(parse_library(element));
    return libraries;
}

std::vector<Library> libraries_of(const std::string& array_json) {
    nlohmann::json wrapper = {{"libraries", nlohmann::json::parse(array_json)}};
    return parse_libraries(JsonReader(wrapper));
}

nlohmann::json to_json(const Library& library) {
    using Json = nlohmann::json;
    switch (library.kind) {
        case LibraryKind::kPypi: {
            Json pypi = {{"package", library.name}};
            if (!library.repo.empty()) pypi["repo"] = library.repo;
            return {{"pypi", pypi}};
        }
        case LibraryKind::kMaven: {
            Json maven = {{"coordinates", library.name}};
            if (!library.repo.empty()) maven["repo"] = library.repo;
            if (!library.exclusions.empty()) maven["exclusions"] = library.exclusions;
            return {{"maven", maven}};
        }
        case LibraryKind::kWhl:
            return {{"whl", library.name}};
        case LibraryKind::kRequirements:
            return {{"requirements", library.name}};
        case LibraryKind::kJar:
            return {{"jar", library.name}};
    }
    return nullptr;
}

nlohmann::json libraries_json(const std::vector<Library>& libraries) {
    nlohmann::json array = nlohmann::json::array();
    for (const Library& library : libraries) array.push_back(to_json(library));
    return array;
}

std::string describe(const Library& library) {
    switch (library.kind) {
        case LibraryKind::kPypi:
            return "pypi package " + library.name;
        case LibraryKind::kMaven:
            return "maven library " + library.name;
        case LibraryKind::kWhl:
            return "wheel " + library.name;
        case LibraryKind::kRequirements:
            return "requirements file " + library.name;
        case LibraryKind::kJar:
            return "jar " + library.name;
    }
    return library.name;
}

std::optional<std::string> workspace_path_of(const Library& library) {
    if (library.kind == LibraryKind::kPypi || library.kind == LibraryKind::kMaven) return std::nullopt;
    return workspace_path_of(library.name);
}

std::optional<std::string> workspace_path_of(std::string_view path) {
    for (std::string_view elsewhere : {"dbfs:/", "/dbfs/", "file:/dbfs/", "/Volumes/"})
        if (path.starts_with(elsewhere)) return std::nullopt;
    constexpr std::string_view kPrefix = "/Workspace/";
    if (path.starts_with("file:/Workspace/")) path.remove_prefix(5);
    if (path.starts_with("file:")) return std::nullopt;
    if (!path.starts_with(kPrefix)) return std::string(path);
    path.remove_prefix(kPrefix.size());
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    return "/" + std::string(path);
}

std::optional<MavenCoordinates> parse_maven_coordinates(std::string_view text) {
    std::vector<std::string> parts;
    for (std::size_t from = 0;;) {
        std::size_t colon = text.find(':', from);
        parts.emplace_back(text.substr(from, colon == std::string_view::npos ? colon : colon - from));
        if (colon == std::string_view::npos) break;
        from = colon + 1;
    }
    for (const std::string& part : parts)
        if (!is_plain(part, "._-+")) return std::nullopt;
    if (parts.size() == 3) return MavenCoordinates{parts[0], parts[1], parts[2], "jar", ""};
    if (parts.size() == 4) return MavenCoordinates{parts[0], parts[1], parts[3], parts[2], ""};
    if (parts.size() == 5) return MavenCoordinates{parts[0], parts[1], parts[4], parts[2], parts[3]};
    return std::nullopt;
}

}  // namespace stoker::clusters
