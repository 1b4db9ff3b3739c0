#pragma once
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "clusters/cluster_definition.h"
#include "clusters/library.h"
#include "clusters/policy_path.h"
#include "clusters/policy_rule.h"

namespace stoker::clusters {

/// Whose cluster it is: `cluster_type` of policies.
enum class ClusterType { kAllPurpose, kJob };

/// The rules that an admin has written for definitions of clusters, by the attribute that they are about.
class Policy {
  public:
    /// `definition` as policies/clusters/create sends it, JSON text. Throws ApiError that names the attribute.
    explicit Policy(const std::string& definition, std::vector<Library> libraries = {});

    /// The definition with what the policy fixes, with its defaults where it asks for them
    /// (`apply_policy_default_values`), and with the policy's libraries. Throws ApiError that names every attribute
    /// which breaks a rule, below the reader's path.
    nlohmann::json applied(const JsonReader& definition, ClusterType type) const;

  private:
    struct Rule {
        PolicyPath path;
        PolicyRule rule;
    };
    void fill_in(nlohmann::json& definition) const;
    void add_libraries(nlohmann::json& definition) const;
    std::vector<std::string> violations(const JsonReader& reader, ClusterType type) const;
    bool has_rule_for(const std::string& path) const { return rules_.contains(path); }

    std::map<std::string, Rule> rules_;  // by the text of the path
    std::vector<Library> libraries_;
};

/// What definitions are held against.
struct DefinitionRules {
    const Catalog& catalog;
    std::map<std::string, Policy> policies = {};  // by id: those that the definitions name, as far as they exist
};
/// As parse_cluster_definition, once the policy that the definition names has been applied to it.
ClusterDefinition parse_governed_definition(const JsonReader& reader, ClusterType type, const DefinitionRules& rules);

}  // namespace stoker::clusters
