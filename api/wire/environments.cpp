#include <algorithm>

#include "api/wire/task.h"
#include "clusters/library.h"

// `environments` of serverless tasks: lines of a requirements file, as the libraries of a cluster.
namespace stoker::api {
namespace {
using Json = nlohmann::json;

bool is_path(const std::string& line) {
    return line.starts_with('/') || line.starts_with("dbfs:") || line.starts_with("file:");
}

std::string trimmed(const std::string& line) {
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos) return "";
    return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

/// null for a comment.
Json library_of(const JsonReader& spec, const std::string& field, const std::string& sent) {
    const std::string line = trimmed(sent);
    if (line.empty() || line.front() == '#') return nullptr;
    if (line.starts_with("-r ") || line.starts_with("--requirement "))
        return {{"requirements", trimmed(line.substr(line.find(' ')))}};
    if (line.front() == '-')
        spec.refuse(field, "expected a package, a wheel or '-r <file>', got '" + line.substr(0, 100) + "'.");
    if (!is_path(line)) return {{"pypi", {{"package", line}}}};
    if (line.ends_with(".txt")) return {{"requirements", line}};
    return {{"whl", line}};
}

Json java_library_of(const std::string& line) {
    if (is_path(line)) return {{"jar", line}};
    return {{"maven", {{"coordinates", line}}}};
}
}  // namespace

std::vector<Environment> parse_environments(const JsonReader& settings, TaskReferences& references) {
    std::vector<Environment> result;
    for (const JsonReader& reader : settings.objects("environments")) {
        Environment environment{reader.string("environment_key"), Json::array()};
        if (std::ranges::find(result, environment.environment_key, &Environment::environment_key) != result.end())
            reader.refuse("environment_key", "'" + environment.environment_key + "' is used twice.");
        if (const auto spec = reader.optional_object("spec")) {
            Json libraries = Json::array();
            const auto lines = spec->strings("dependencies");
            for (std::size_t i = 0; i < lines.size(); ++i)
                if (Json one = library_of(*spec, "dependencies[" + std::to_string(i) + "]", lines[i]); !one.is_null())
                    libraries.push_back(std::move(one));
            for (const std::string& line : spec->strings("java_dependencies"))
                if (!trimmed(line).empty()) libraries.push_back(java_library_of(trimmed(line)));
            const Json holder{{"dependencies", std::move(libraries)}};
            for (const auto& library : clusters::parse_libraries(JsonReader(holder, spec->path()), "dependencies")) {
                if (auto path = clusters::workspace_path_of(library))
                    references.files.push_back({spec->path_of("dependencies"), *path});
                environment.libraries.push_back(clusters::to_json(library));
            }
        }
        result.push_back(std::move(environment));
    }
    return result;
}

}  // namespace stoker::api
