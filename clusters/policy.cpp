#include "clusters/policy.h"

#include <algorithm>

#include "core/error.h"

namespace stoker::clusters {
namespace {

using Json = nlohmann::json;

constexpr const char* kDefinition = "definition";
constexpr const char* kClusterType = "cluster_type";
constexpr const char* kDbusPerHour = "dbus_per_hour";

Json parsed(const std::string& text) {
    Json definition = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!definition.is_object())
        throw ApiError::invalid_parameter(
            "definition: expected the text of a JSON object, with a rule for each attribute.");
    return definition;
}

void check_path(const JsonReader& definition, const PolicyPath& path) {
    if (path.text == kClusterType) return;
    if (path.text == kDbusPerHour)
        definition.refuse(path.text,
                          "there are no DBUs here; bound num_workers, autoscale.max_workers or node_type_id.");
    const std::string& field = path.parts.front();
    if (!is_definition_field(field) || std::ranges::find(path.parts, "") != path.parts.end())
        definition.refuse(path.text, "is no attribute of a cluster.");
}

std::string text_of(ClusterType type) {
    return type == ClusterType::kJob ? "job" : "all-purpose";
}

std::string failed(const JsonReader& definition, const std::string& path, const std::string& why) {
    return "Validation failed for " + definition.path_of(path) + ", " + why;
}

}  // namespace

Policy::Policy(const std::string& definition, std::vector<Library> libraries) : libraries_(std::move(libraries)) {
    const Json rules = parsed(definition);
    const JsonReader reader(rules, kDefinition);
    for (const auto& [text, rule] : rules.items()) {
        const PolicyPath path = policy_path(text);
        check_path(reader, path);
        if (!rule.is_object()) reader.refuse(text, "expected an object with the type of the rule.");
        const PolicyRule parsed_rule(JsonReader(rule, reader.path_of(text)));
        if (path.has_wildcard() && parsed_rule.default_value())
            reader.refuse(text, "a rule for all keys has no default value.");
        rules_.emplace(text, Rule{path, parsed_rule});
    }
}

void Policy::fill_in(Json& definition) const {
    const bool with_defaults = definition.value("apply_policy_default_values", false);
    for (const auto& [text, rule] : rules_) {
        if (text == kClusterType || rule.path.has_wildcard() || find(definition, rule.path)) continue;
        const Json* value = rule.rule.fixed_value();
        if (!value && with_defaults) value = rule.rule.default_value();
        // What cannot be put there is missing in the check.
        if (value) static_cast<void>(put(definition, rule.path, *value));
    }
}

std::vector<std::string> Policy::violations(const JsonReader& reader, ClusterType type) const {
    std::vector<std::string> all;
    for (const auto& [text, rule] : rules_) {
        if (rule.path.has_wildcard()) {
            for (const PolicyPath& found : matches(reader.json(), rule.path))
                if (!has_rule_for(found.text))
                    if (const auto why = rule.rule.violation(*find(reader.json(), found)))
                        all.push_back(failed(reader, found.text, *why));
            continue;
        }
        const Json cluster_type = text_of(type);
        const Json* value = text == kClusterType ? &cluster_type : find(reader.json(), rule.path);
        if (!value && rule.rule.is_required()) all.push_back(failed(reader, text, "the value must be present"));
        if (!value) continue;
        if (const auto why = rule.rule.violation(*value)) all.push_back(failed(reader, text, *why));
    }
    return all;
}

void Policy::add_libraries(Json& definition) const {
    if (libraries_.empty()) return;
    Json& all = definition["libraries"];
    if (all.is_null()) all = Json::array();
    for (const Library& library : libraries_) {
        const Json added = to_json(library);
        if (std::find(all.begin(), all.end(), added) == all.end()) all.push_back(added);
    }
}

Json Policy::applied(const JsonReader& sent, ClusterType type) const {
    Json definition = sent.json();
    fill_in(definition);
    const auto broken = violations(JsonReader(definition, sent.path()), type);
    if (!broken.empty()) {
        std::string message;
        for (const std::string& one : broken) message += (message.empty() ? "" : "; ") + one;
        throw ApiError::invalid_parameter(message);
    }
    add_libraries(definition);
    return definition;
}

ClusterDefinition parse_governed_definition(const JsonReader& reader, ClusterType type, const DefinitionRules& rules) {
    const std::string policy_id = reader.optional_string("policy_id").value_or("");
    if (policy_id.empty()) return parse_cluster_definition(reader, rules.catalog);
    const auto policy = rules.policies.find(policy_id);
    if (policy == rules.policies.end())
        reader.refuse("policy_id", "Cluster policy " + policy_id.substr(0, 64) + " does not exist.");
    const Json governed = policy->second.applied(reader, type);
    return parse_cluster_definition(JsonReader(governed, reader.path()), rules.catalog);
}

}  // namespace stoker::clusters
