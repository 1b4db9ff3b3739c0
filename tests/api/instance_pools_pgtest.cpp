#include "tests/api/api_pgtest.h"

namespace stoker::test {
namespace {
using Json = nlohmann::json;
const std::string kBase = "/api/2.0/instance-pools/";

class InstancePoolsTest : public ApiTest {
  protected:
    static Json pool() { return {{"instance_pool_name", "warm"}, {"node_type_id", "local.small"}}; }
    std::string create(const Json& body = pool()) {
        const HttpAnswer answer = post(kBase + "create", body);
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.json().at("instance_pool_id");
    }
    Json shown(const std::string& id) { return get(kBase + "get?instance_pool_id=" + id).json(); }
    std::string refusal(const std::string& what, const Json& body) {
        const HttpAnswer answer = post(what, body);
        EXPECT_EQ(answer.status, 400) << answer.body;
        return answer.json().at("message");
    }
};

TEST_F(InstancePoolsTest, OneIsCreatedShownListedEditedAndDeleted) {
    Json sent = pool();
    sent["min_idle_instances"] = 1;
    sent["max_capacity"] = "4";
    sent["custom_tags"] = {{"team", "ml"}};
    sent["preloaded_spark_versions"] = {"15.4.x-scala2.12"};
    sent["aws_attributes"] = {{"zone_id", "us-west-2a"}};
    const std::string id = create(sent);
    Json one = shown(id);
    EXPECT_EQ(one["max_capacity"], 4);
    EXPECT_EQ(one["idle_instance_autotermination_minutes"], 60);
    EXPECT_EQ(one["custom_tags"], sent["custom_tags"]);
    EXPECT_EQ(one["aws_attributes"], sent["aws_attributes"]);
    EXPECT_EQ(one["state"], "ACTIVE");
    EXPECT_EQ(one["default_tags"]["DatabricksInstancePoolId"], id);
    EXPECT_EQ(one["stats"],
              (Json{{"used_count", 0}, {"idle_count", 0}, {"pending_used_count", 0}, {"pending_idle_count", 0}}));
    EXPECT_EQ(get(kBase + "list").json()["instance_pools"], Json::array({one}));

    Json edited = pool();
    edited["instance_pool_id"] = id;
    edited["instance_pool_name"] = "warmer";
    edited["min_idle_instances"] = 2;
    EXPECT_EQ(post(kBase + "edit", edited).body, "{}");
    one = shown(id);
    EXPECT_EQ(one["instance_pool_name"], "warmer");
    EXPECT_EQ(one["min_idle_instances"], 2);
    EXPECT_FALSE(one.contains("max_capacity"));
    EXPECT_EQ(one["preloaded_spark_versions"], sent["preloaded_spark_versions"]) << "it stays";

    EXPECT_EQ(post(kBase + "delete", {{"instance_pool_id", id}}).body, "{}");
    const HttpAnswer gone = get(kBase + "get?instance_pool_id=" + id);
    EXPECT_EQ(gone.status, 404);
    EXPECT_EQ(gone.json()["error_code"], "RESOURCE_DOES_NOT_EXIST");
    EXPECT_EQ(get(kBase + "list").body, "{}");
}

TEST_F(InstancePoolsTest, WhatMakesNoSenseIsRefusedByName) {
    const auto with = [](const Json& change) {
        Json body = pool();
        body.merge_patch(change);
        return body;
    };
    const std::string create_path = kBase + "create";
    EXPECT_TRUE(refusal(create_path, with({{"node_type_id", "huge"}})).starts_with("node_type_id: node type 'huge'"));
    EXPECT_TRUE(refusal(create_path, with({{"min_idle_instances", 3}, {"max_capacity", 2}}))
                    .starts_with("max_capacity: expected at least 1 and at least min_idle_instances, which is 3."));
    EXPECT_TRUE(refusal(create_path, with({{"preloaded_spark_versions", {"9.1.x"}}}))
                    .starts_with("preloaded_spark_versions: "));
    EXPECT_TRUE(refusal(create_path, with({{"instance_pool_name", std::string(101, 'x')}}))
                    .starts_with("instance_pool_name: "));
    EXPECT_EQ(sql.one("SELECT count(*) FROM instance_pools"), "0");
    const std::string id = create();
    EXPECT_EQ(refusal(kBase + "edit", with({{"instance_pool_id", id}, {"node_type_id", "local.large"}})),
              "node_type_id: cannot be changed; create another pool.");
}

TEST_F(InstancePoolsTest, ClustersNameOneThatExistsAndHaveItsNodeType) {
    const std::string id = create();
    const Json spec{{"spark_version", "15.4.x-scala2.12"}};
    const auto with = [&](const Json& change) {
        Json body = spec;
        body.update(change);
        return body;
    };
    const std::string path = "/api/2.1/clusters/create";
    EXPECT_EQ(refusal(path, with({{"instance_pool_id", "ab"}})),
              "instance_pool_id: instance pool 'ab' does not exist; instance-pools/list lists those that do.");
    EXPECT_TRUE(refusal(path, with({{"instance_pool_id", id}, {"driver_instance_pool_id", "ab"}}))
                    .starts_with("driver_instance_pool_id: instance pool 'ab'"));
    EXPECT_TRUE(refusal(path, with({{"driver_instance_pool_id", id}})).starts_with("driver_instance_pool_id: send"));
    EXPECT_TRUE(refusal(path, with({{"instance_pool_id", id}, {"node_type_id", "local.large"}}))
                    .starts_with("node_type_id: workers of instance pool"));
    const HttpAnswer made = post(path, with({{"instance_pool_id", id}}));
    ASSERT_EQ(made.status, 200) << made.body;
    const Json cluster = get("/api/2.1/clusters/get?cluster_id=" + made.json()["cluster_id"].get<std::string>()).json();
    EXPECT_EQ(cluster["instance_pool_id"], id);
    EXPECT_EQ(cluster["node_type_id"], "local.small");
}

}  // namespace
}  // namespace stoker::test
