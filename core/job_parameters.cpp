#include "core/job_parameters.h"

#include <algorithm>

namespace stoker {
using Json = nlohmann::json;

Json resolved_job_parameters(const Json& settings, const std::vector<std::pair<std::string, std::string>>& given) {
    Json resolved = Json::array();
    std::vector<std::pair<std::string, std::string>> rest = given;
    for (const Json& parameter : settings.value("parameters", Json::array())) {
        const std::string name = parameter.value("name", "");
        const std::string fallback = parameter.value("default", "");
        Json entry{{"name", name}, {"default", fallback}, {"value", fallback}};
        auto found = std::ranges::find(rest, name, &std::pair<std::string, std::string>::first);
        if (found != rest.end()) {
            entry["value"] = found->second;
            rest.erase(found);
        }
        resolved.push_back(std::move(entry));
    }
    for (const auto& [name, value] : rest) resolved.push_back({{"name", name}, {"value", value}});
    return resolved;
}

}  // namespace stoker
