#include "workers/task_inputs.h"

#include "core/value_references.h"
#include "workers/run_refused.h"

namespace stoker::workers {
namespace {

using Json = nlohmann::json;

Json parse(const std::string& text) {
    return text.empty() ? Json() : Json::parse(text);
}

void resolve(TaskInputs& inputs, const ValueReferences& references) {
    for (const auto& [field, value] : inputs.task.items()) {
        if (field.ends_with("_task")) value = references.resolve_all(value);
    }
    inputs.overriding_parameters = references.resolve_all(inputs.overriding_parameters);
    inputs.job_parameters = references.resolve_all(inputs.job_parameters);
}

}  // namespace

TaskInputs inputs_of(const db::ClaimedTaskRun& claim, const Json& workspace) {
    TaskInputs inputs{parse(claim.definition), parse(claim.overriding_parameters), parse(claim.job_parameters)};
    if (claim.reference_values.empty()) return inputs;
    Json values = parse(claim.reference_values);
    values["workspace"] = workspace;
    try {
        resolve(inputs, ValueReferences(std::move(values)));
    } catch (const UnresolvedReference& unresolved) {
        throw RunRefused(wrong_configuration(unresolved.what()));
    }
    return inputs;
}

}  // namespace stoker::workers
