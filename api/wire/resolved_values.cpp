#include "api/wire/resolved_values.h"

#include <map>
#include <string>
#include <vector>

#include "core/value_references.h"

namespace stoker::api {
namespace {
// The members of the reference's ResolvedValues.
const std::map<std::string, std::vector<std::string>> kParametersOfTypes{
    {"condition_task", {"left", "right"}},  {"dbt_task", {"commands"}},
    {"notebook_task", {"base_parameters"}}, {"python_wheel_task", {"named_parameters", "parameters"}},
    {"run_job_task", {"job_parameters"}},   {"spark_jar_task", {"parameters"}},
    {"spark_python_task", {"parameters"}},  {"spark_submit_task", {"parameters"}},
    {"sql_task", {"parameters"}},
};
}  // namespace

nlohmann::json resolved_values(const nlohmann::json& definition, const nlohmann::json& references) {
    nlohmann::json resolved;
    for (const auto& [type, names] : kParametersOfTypes) {
        const auto task = definition.find(type);
        if (task == definition.end()) continue;
        resolved[type] = nlohmann::json::object();
        for (const std::string& name : names)
            if (task->contains(name)) resolved[type][name] = (*task)[name];
    }
    if (references.is_null()) return resolved;
    try {
        return ValueReferences(references).resolve_all(resolved);
    } catch (const UnresolvedReference&) {
        return nullptr;
    }
}

}  // namespace stoker::api
