#include "workers/parameters.h"

#include <nlohmann/json.hpp>

namespace stoker::workers {
namespace {

using Json = nlohmann::json;

Json parse(const std::string& text) {
    return text.empty() ? Json() : Json::parse(text);
}

/// Numbers and booleans become their text, as in the reference.
std::string text_of(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.is_null() ? std::string() : value.dump();
}

void take_all(std::map<std::string, std::string>& widgets, const Json& parameters) {
    if (!parameters.is_object()) return;
    for (const auto& [name, value] : parameters.items()) widgets[name] = text_of(value);
}

const Json& member(const Json& object, const char* name) {
    static const Json none;
    if (!object.is_object()) return none;
    const auto found = object.find(name);
    return found == object.end() ? none : *found;
}

}  // namespace

std::map<std::string, std::string> widgets_of(const std::string& task_definition,
                                              const std::string& overriding_parameters,
                                              const std::string& job_parameters) {
    std::map<std::string, std::string> widgets;
    take_all(widgets, member(member(parse(task_definition), "notebook_task"), "base_parameters"));
    take_all(widgets, member(parse(overriding_parameters), "notebook_params"));
    for (const Json& parameter : parse(job_parameters)) {
        const Json& value = member(parameter, "value");
        widgets[text_of(member(parameter, "name"))] = text_of(value.is_null() ? member(parameter, "default") : value);
    }
    return widgets;
}

}  // namespace stoker::workers
