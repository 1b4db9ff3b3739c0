#include "api/schema/cluster_policies.h"

#include "api/schema/common.h"

namespace stoker::api::schema {
namespace {
constexpr std::int64_t kNoBound = std::numeric_limits<std::int32_t>::max();
constexpr std::string_view kFamilies = "there are no policy families here; send definition.";
constexpr std::string_view kColumns[] = {"POLICY_CREATION_TIME", "POLICY_NAME"};
constexpr std::string_view kOrders[] = {"ASC", "DESC"};

constexpr Field kIdFields[] = {text("policy_id").required()};
constexpr Field kNewFields[] = {
    text("name").required().at_most(100),
    text("definition").noted("a JSON object as text: a rule for each attribute; none = all is allowed"),
    text("description"),
    objects("libraries", &kLibrary).at_most(500).noted("added to clusters when they are created and edited"),
    integer("max_clusters_per_user").between(1, kNoBound).noted("job clusters are not counted"),
    text("policy_family_id").refused(kFamilies),
    text("policy_family_definition_overrides").refused(kFamilies),
};
constexpr Field kListFields[] = {
    text("sort_column").one_of(kColumns).noted("POLICY_CREATION_TIME by default"),
    text("sort_order").one_of(kOrders).noted("ASC by default"),
};
constexpr Field kPolicyFields[] = {
    text("policy_id").required(),         text("name").required(),
    text("definition").required(),        text("description").required().may_be_empty(),
    objects("libraries", &kLibrary),      integer("max_clusters_per_user"),
    text("creator_user_name").required(), integer("created_at_timestamp").required(),
    boolean("is_default").required(),
};
constexpr Field kPoliciesFields[] = {objects("policies", &kClusterPolicy).required(),
                                     integer("total_count").required()};
constexpr Field kFamiliesFields[] = {objects("policy_families").required()};
}  // namespace

constexpr Schema kClusterPolicyId{"ClusterPolicyId", kIdFields};
constexpr Schema kNewClusterPolicy{"NewClusterPolicy", kNewFields};
constexpr Schema kEditClusterPolicy{"EditClusterPolicy", kIdFields, &kNewClusterPolicy};
constexpr Schema kListClusterPolicies{"ListClusterPolicies", kListFields};
constexpr Schema kClusterPolicy{"ClusterPolicy", kPolicyFields};
constexpr Schema kClusterPolicies{"ClusterPolicies", kPoliciesFields};
constexpr Schema kPolicyFamilies{"PolicyFamilies", kFamiliesFields};

}  // namespace stoker::api::schema
