#include "workers/parameters.h"

namespace stoker::workers {
namespace {

using Json = nlohmann::json;

void take_all(TextMap& parameters, const Json& object) {
    if (!object.is_object()) return;
    for (const auto& [name, value] : object.items()) parameters[name] = text_of(value);
}

}  // namespace

const Json& member(const Json& object, const char* name) {
    static const Json none;
    if (!object.is_object()) return none;
    const auto found = object.find(name);
    return found == object.end() ? none : *found;
}

std::string text_of(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.is_null() ? std::string() : value.dump();
}

TextMap texts_by_name(const Json& object) {
    TextMap texts;
    take_all(texts, object);
    return texts;
}

TextMap merged_parameters(const Json& of_task, const Json& of_run, const TaskInputs& inputs) {
    TextMap parameters = texts_by_name(of_task);
    take_all(parameters, of_run);
    for (const Json& parameter : inputs.job_parameters) {
        const Json& value = member(parameter, "value");
        parameters[text_of(member(parameter, "name"))] =
            text_of(value.is_null() ? member(parameter, "default") : value);
    }
    return parameters;
}

std::vector<std::string> replaced_parameters(const Json& of_task, const Json& of_run) {
    const Json& chosen = of_run.is_array() && !of_run.empty() ? of_run : of_task;
    std::vector<std::string> parameters;
    if (!chosen.is_array()) return parameters;
    for (const Json& value : chosen) parameters.push_back(text_of(value));
    return parameters;
}

TextMap widgets_of(const TaskInputs& inputs) {
    return merged_parameters(member(member(inputs.task, "notebook_task"), "base_parameters"),
                             member(inputs.overriding_parameters, "notebook_params"), inputs);
}

}  // namespace stoker::workers
