#include "clusters/init_script.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "core/error.h"

namespace stoker::clusters {
namespace {

struct Source {
    std::string_view name;
    std::string_view begins;  // each of its destinations
};
constexpr std::array kSources{Source{"workspace", "/"}, Source{"dbfs", "dbfs:/"}, Source{"file", "file:/"},
                              Source{"volumes", "/Volumes/"}};
constexpr std::array kClouds{"s3", "abfss", "gcs"};

InitScript parse_init_script(const JsonReader& element) {
    for (const char* cloud : kClouds)
        if (element.has(cloud))
            element.refuse(cloud, "scripts of cloud storage are not available; use workspace, dbfs, volumes or file.");
    std::vector<Source> given;
    std::ranges::copy_if(kSources, std::back_inserter(given),
                         [&](const Source& source) { return element.has(source.name); });
    if (given.size() != 1)
        throw ApiError::invalid_parameter(element.path() +
                                          ": expected exactly one of workspace, dbfs, volumes, file, got " +
                                          std::to_string(given.size()) + ".");
    const Source& source = given.front();
    const JsonReader place = element.object(source.name);
    InitScript script{std::string(source.name), place.string("destination")};
    const std::string& destination = script.destination;
    const bool is_text = std::ranges::none_of(destination, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (!is_text || destination.size() > 4096)
        place.refuse("destination", "must be at most 4096 bytes without control characters.");
    if (!destination.starts_with(source.begins) || destination.ends_with("/"))
        place.refuse("destination", "expected the path of a file that begins with " + std::string(source.begins) + ".");
    if (script.source == "workspace" && !destination.ends_with(".sh"))
        place.refuse("destination", "a script of the workspace has a name that ends in .sh.");
    return script;
}

}  // namespace

std::vector<InitScript> parse_init_scripts(const JsonReader& reader, std::string_view field) {
    std::vector<InitScript> scripts;
    for (const JsonReader& element : reader.objects(field)) scripts.push_back(parse_init_script(element));
    return scripts;
}

std::vector<InitScript> init_scripts_of(const std::string& array_json) {
    const nlohmann::json wrapper = {{"init_scripts", nlohmann::json::parse(array_json)}};
    return parse_init_scripts(JsonReader(wrapper));
}

nlohmann::json to_json(const InitScript& script) {
    return {{script.source, {{"destination", script.destination}}}};
}

nlohmann::json init_scripts_json(const std::vector<InitScript>& scripts) {
    nlohmann::json array = nlohmann::json::array();
    for (const InitScript& script : scripts) array.push_back(to_json(script));
    return array;
}

std::string describe(const InitScript& script) {
    return script.source + " script " + script.destination;
}

}  // namespace stoker::clusters
