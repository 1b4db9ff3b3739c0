#include "clusters/policy.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace stoker::clusters {
namespace {

using Json = nlohmann::json;

Json applied(const Json& policy, const Json& definition, ClusterType type = ClusterType::kAllPurpose) {
    return Policy(policy.dump()).applied(JsonReader(definition), type);
}

/// The sentence that the definition is refused with; "" when it is allowed.
std::string violation(const Json& policy, const Json& definition, ClusterType type = ClusterType::kAllPurpose) {
    try {
        applied(policy, definition, type);
        return "";
    } catch (const ApiError& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInvalidParameterValue);
        return error.what();
    }
}

struct Row {
    Json policy;
    Json definition;
    std::string violation;
};

TEST(Policy, each_type_of_rule_allows_and_refuses) {
    const Json fixed{{"num_workers", {{"type", "fixed"}, {"value", 2}}}};
    const Json forbidden{{"instance_pool_id", {{"type", "forbidden"}, {"hidden", true}}}};
    const Json allowlist{{"node_type_id", {{"type", "allowlist"}, {"values", {"local.small", "local.medium"}}}}};
    const Json blocklist{{"spark_version", {{"type", "blocklist"}, {"values", {"7.3.x-scala2.12"}}}}};
    const Json regex{{"cluster_name", {{"type", "regex"}, {"pattern", "team-[a-z]+"}}}};
    const Json range{{"autotermination_minutes", {{"type", "range"}, {"minValue", 10}, {"maxValue", 60}}}};
    const Json unlimited{{"cluster_name", {{"type", "unlimited"}}}};
    const std::vector<Row> table{
        {fixed, {{"num_workers", 2}}, ""},
        {fixed, {{"num_workers", "2"}}, ""},
        {fixed, {{"num_workers", 3}}, "Validation failed for num_workers, the value must be 2 (is \"3\")"},
        {forbidden, Json::object(), ""},
        {forbidden,
         {{"instance_pool_id", "p"}},
         "Validation failed for instance_pool_id, the value must not be present (is \"p\")"},
        {allowlist, {{"node_type_id", "local.medium"}}, ""},
        {allowlist,
         {{"node_type_id", "i3.xlarge"}},
         "Validation failed for node_type_id, the value must be one of local.small, local.medium (is \"i3.xlarge\")"},
        {allowlist, Json::object(), "Validation failed for node_type_id, the value must be present"},
        {blocklist, {{"spark_version", "15.4.x-scala2.12"}}, ""},
        {blocklist,
         {{"spark_version", "7.3.x-scala2.12"}},
         "Validation failed for spark_version, the value must not be one of 7.3.x-scala2.12 (is "
         "\"7.3.x-scala2.12\")"},
        {regex, {{"cluster_name", "team-nlp"}}, ""},
        {regex,
         {{"cluster_name", "my team-nlp"}},
         "Validation failed for cluster_name, the value must match team-[a-z]+ (is \"my team-nlp\")"},
        {range, {{"autotermination_minutes", 10}}, ""},
        {range, {{"autotermination_minutes", "60"}}, ""},
        {range,
         {{"autotermination_minutes", 0}},
         "Validation failed for autotermination_minutes, the value must be at least 10 (is \"0\")"},
        {range,
         {{"autotermination_minutes", 61}},
         "Validation failed for autotermination_minutes, the value must be at most 60 (is \"61\")"},
        {range,
         {{"autotermination_minutes", "never"}},
         "Validation failed for autotermination_minutes, the value must be a number (is \"never\")"},
        {unlimited, {{"cluster_name", "x"}}, ""},
        {unlimited, Json::object(), "Validation failed for cluster_name, the value must be present"},
    };
    for (const Row& row : table) EXPECT_EQ(violation(row.policy, row.definition), row.violation) << row.policy;
}

TEST(Policy, sets_what_is_fixed_always_and_defaults_when_they_are_asked_for) {
    const Json policy{
        {"spark_version", {{"type", "fixed"}, {"value", "15.4.x-scala2.12"}}},
        {"spark_conf.spark.sql.shuffle.partitions", {{"type", "fixed"}, {"value", 8}}},
        {"autotermination_minutes", {{"type", "range"}, {"maxValue", 60}, {"defaultValue", 30}, {"isOptional", true}}},
        {"custom_tags.team", {{"type", "unlimited"}, {"defaultValue", "nlp"}}}};
    const Json without = applied(policy, {{"custom_tags", {{"team", "etl"}}}});
    EXPECT_EQ(without["spark_version"], "15.4.x-scala2.12");
    EXPECT_EQ(without["spark_conf"]["spark.sql.shuffle.partitions"], 8);
    EXPECT_FALSE(without.contains("autotermination_minutes"));
    EXPECT_EQ(violation(policy, Json::object()), "Validation failed for custom_tags.team, the value must be present");

    const Json with = applied(policy, {{"apply_policy_default_values", true}, {"spark_conf", {{"a", "b"}}}});
    EXPECT_EQ(with["autotermination_minutes"], 30);
    EXPECT_EQ(with["custom_tags"]["team"], "nlp");
    EXPECT_EQ(with["spark_conf"], (Json{{"a", "b"}, {"spark.sql.shuffle.partitions", 8}}));
}

TEST(Policy, reaches_into_maps_objects_and_lists) {
    const Json autoscale{{"autoscale.max_workers", {{"type", "range"}, {"maxValue", 4}, {"isOptional", true}}}};
    EXPECT_EQ(violation(autoscale, {{"num_workers", 8}}), "");
    EXPECT_EQ(violation(autoscale, {{"autoscale", {{"min_workers", 1}, {"max_workers", 8}}}}),
              "Validation failed for autoscale.max_workers, the value must be at most 4 (is \"8\")");

    const Json script{{"init_scripts.0.workspace.destination", {{"type", "fixed"}, {"value", "/Shared/init.sh"}}},
                      {"init_scripts.*.dbfs.destination", {{"type", "forbidden"}}}};
    EXPECT_EQ(applied(script, Json::object())["init_scripts"],
              (Json{{{"workspace", {{"destination", "/Shared/init.sh"}}}}}));
    const Json own{{"dbfs", {{"destination", "dbfs:/x.sh"}}}};
    EXPECT_EQ(violation(script, {{"init_scripts", {{{"workspace", {{"destination", "/Shared/init.sh"}}}}, own}}}),
              "Validation failed for init_scripts.1.dbfs.destination, the value must not be present (is "
              "\"dbfs:/x.sh\")");
    EXPECT_EQ(
        violation({{"init_scripts.1.workspace.destination", {{"type", "fixed"}, {"value", "/x"}}}}, Json::object()),
        "Validation failed for init_scripts.1.workspace.destination, the value must be present");
}

TEST(Policy, a_wildcard_is_for_keys_that_have_no_rule_of_their_own) {
    const Json policy{{"spark_conf.*", {{"type", "forbidden"}}},
                      {"spark_conf.spark.a", {{"type", "range"}, {"maxValue", 3}, {"isOptional", true}}}};
    EXPECT_EQ(violation(policy, Json::object()), "");
    EXPECT_EQ(violation(policy, {{"spark_conf", {{"spark.a", "2"}}}}), "");
    EXPECT_EQ(violation(policy, {{"spark_conf", {{"spark.a", "2"}, {"spark.b", "x"}}}}),
              "Validation failed for spark_conf.spark.b, the value must not be present (is \"x\")");
}

TEST(Policy, tells_job_clusters_from_others) {
    const Json policy{{"cluster_type", {{"type", "fixed"}, {"value", "job"}}}};
    EXPECT_EQ(violation(policy, Json::object(), ClusterType::kJob), "");
    EXPECT_EQ(violation(policy, Json::object()),
              "Validation failed for cluster_type, the value must be job (is \"all-purpose\")");
    EXPECT_FALSE(applied(policy, Json::object(), ClusterType::kJob).contains("cluster_type"));
}

TEST(Policy, names_all_that_breaks_a_rule_and_where) {
    const Json policy{{"node_type_id", {{"type", "fixed"}, {"value", "local.small"}}},
                      {"num_workers", {{"type", "range"}, {"maxValue", 4}}}};
    const Json definition{{"node_type_id", "local.large"}, {"num_workers", 9}};
    try {
        Policy(policy.dump()).applied(JsonReader(definition, "job_clusters[0].new_cluster"), ClusterType::kJob);
        FAIL();
    } catch (const ApiError& error) {
        EXPECT_STREQ(
            error.what(),
            "Validation failed for job_clusters[0].new_cluster.node_type_id, the value must be local.small (is "
            "\"local.large\"); Validation failed for job_clusters[0].new_cluster.num_workers, the value must "
            "be at most 4 (is \"9\")");
    }
}

TEST(Policy, adds_its_libraries_once) {
    const Library six{LibraryKind::kPypi, "six==1.16.0", "", {}};
    const Policy policy("{}", {six});
    const Json own{{"libraries", {{{"pypi", {{"package", "idna"}}}}}}};
    const Json both{{{"pypi", {{"package", "idna"}}}}, {{"pypi", {{"package", "six==1.16.0"}}}}};
    const Json once = policy.applied(JsonReader(own), ClusterType::kAllPurpose);
    EXPECT_EQ(once["libraries"], both);
    EXPECT_EQ(policy.applied(JsonReader(once), ClusterType::kAllPurpose)["libraries"], both);
}

TEST(Policy, a_pattern_that_takes_for_ever_refuses) {
    const Json policy{{"cluster_name", {{"type", "regex"}, {"pattern", "(a|aa|aaa)*(a+)+b"}}}};
    EXPECT_NE(violation(policy, {{"cluster_name", std::string(4000, 'a')}}), "");
    EXPECT_NE(violation(policy, {{"cluster_name", std::string(5000, 'a')}}), "");
}

TEST(PolicyDefinition, what_is_wrong_is_named) {
    struct Wrong {
        std::string definition;
        std::string refusal;
    };
    const std::vector<Wrong> table{
        {"[]", "definition: expected the text of a JSON object"},
        {"{", "definition: expected the text of a JSON object"},
        {R"({"node_type_id": "i3.xlarge"})", "definition.node_type_id: expected an object with the type of the rule."},
        {R"({"node_type_id": {"value": 1}})", "definition.node_type_id.type: the field is required"},
        {R"({"node_type_id": {"type": "exact"}})", "definition.node_type_id.type: expected fixed, forbidden, "},
        {R"({"node_type_id": {"type": "fixed"}})", "definition.node_type_id.value: expected a text"},
        {R"({"node_type_id": {"type": "fixed", "value": ["a"]}})", "definition.node_type_id.value: expected a text"},
        {R"({"node_type_id": {"type": "fixed", "value": "a", "values": []}})",
         "definition.node_type_id.values: a rule of the type fixed has no such field."},
        {R"({"node_type_id": {"type": "allowlist", "values": []}})", "definition.node_type_id.values: expected a list"},
        {R"({"node_type_id": {"type": "regex", "pattern": "("}})",
         "definition.node_type_id.pattern: '(' is no regular expression"},
        {R"({"num_workers": {"type": "range"}})", "definition.num_workers.minValue: a range needs"},
        {R"({"num_workers": {"type": "range", "minValue": "few"}})",
         "definition.num_workers.minValue: expected a number."},
        {R"({"num_workers": {"type": "range", "minValue": 3, "maxValue": 2}})",
         "definition.num_workers.maxValue: is below minValue, which is 3."},
        {R"({"num_workers": {"type": "range", "maxValue": 2, "defaultValue": 3}})",
         "definition.num_workers.defaultValue: the value must be at most 2 (is \"3\")."},
        {R"({"nodes": {"type": "forbidden"}})", "definition.nodes: is no attribute of a cluster."},
        {R"({"autoscale..max": {"type": "forbidden"}})", "definition.autoscale..max: is no attribute of a cluster."},
        {R"({"dbus_per_hour": {"type": "range", "maxValue": 10}})", "definition.dbus_per_hour: there are no DBUs here"},
        {R"({"custom_tags.*": {"type": "unlimited", "defaultValue": "x"}})",
         "definition.custom_tags.*: a rule for all keys has no default value."},
    };
    for (const auto& [definition, refusal] : table) {
        try {
            Policy policy(definition);
            ADD_FAILURE() << definition;
        } catch (const ApiError& error) {
            EXPECT_TRUE(std::string(error.what()).starts_with(refusal)) << definition << "\n" << error.what();
        }
    }
}

TEST(GovernedDefinition, is_held_against_the_policy_that_it_names) {
    const Catalog catalog({8, 16384});
    const Json rules{{"spark_version", {{"type", "fixed"}, {"value", "15.4.x-scala2.12"}}}};
    const DefinitionRules known{catalog, {{"p1", Policy(rules.dump())}}};
    const Json definition{{"policy_id", "p1"}};
    const ClusterDefinition parsed = parse_governed_definition(JsonReader(definition), ClusterType::kJob, known);
    EXPECT_EQ(parsed.spark_version, "15.4.x-scala2.12");
    EXPECT_EQ(to_json(parsed)["policy_id"], "p1");
    const Json unknown{{"policy_id", "p2"}, {"spark_version", "15.4.x-scala2.12"}};
    EXPECT_THROW(parse_governed_definition(JsonReader(unknown), ClusterType::kJob, known), ApiError);
}

}  // namespace
}  // namespace stoker::clusters
