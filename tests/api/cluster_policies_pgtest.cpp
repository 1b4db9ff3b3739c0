#include "tests/api/api_pgtest.h"

// Cluster policies, and what they hold. The clusters that the tests make stay PENDING, since no node serves them.
namespace stoker::test {
namespace {
using Json = nlohmann::json;
constexpr const char* kVersion = "15.4.x-scala2.12";

class ClusterPoliciesTest : public ApiTest {
  protected:
    std::string create_policy(const std::string& name, const Json& definition, Json more = Json::object()) {
        more["name"] = name;
        more["definition"] = definition.dump();
        const HttpAnswer answer = post("/api/2.0/policies/clusters/create", more);
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.json().value("policy_id", "");
    }
    HttpAnswer create_cluster(const std::string& policy_id, Json more = Json::object()) {
        more["policy_id"] = policy_id;
        if (!more.contains("spark_version")) more["spark_version"] = kVersion;
        return post("/api/2.1/clusters/create", more);
    }
    Json policy(const std::string& policy_id) {
        return get("/api/2.0/policies/clusters/get?policy_id=" + policy_id).json();
    }
    std::vector<std::string> names(const std::string& query = "") {
        std::vector<std::string> found;
        const Json answer = get("/api/2.0/policies/clusters/list" + query).json();
        for (const Json& one : answer["policies"]) found.push_back(one["name"]);
        return found;
    }
    void expect_refused(const HttpAnswer& answer, int status, const std::string& error_code,
                        const std::string& message) {
        EXPECT_EQ(answer.status, status) << answer.body;
        EXPECT_EQ(answer.json()["error_code"], error_code) << answer.body;
        EXPECT_TRUE(answer.json()["message"].get<std::string>().starts_with(message)) << answer.body;
    }
    std::string bob = bearer(token_of("bob@example.com", false));
};
using Names = std::vector<std::string>;
constexpr const char* kInvalid = "INVALID_PARAMETER_VALUE";

TEST_F(ClusterPoliciesTest, AdminsWriteThemAndEveryoneReadsThem) {
    const Json definition{{"num_workers", {{"type", "fixed"}, {"value", 1}}}};
    const std::string b = create_policy("b", definition, {{"description", "d"}, {"max_clusters_per_user", "3"}});
    const std::string a = create_policy("a", Json::object());
    const Json shown = policy(b);
    EXPECT_EQ(shown["definition"], definition.dump());
    EXPECT_EQ(shown["description"], "d");
    EXPECT_EQ(shown["max_clusters_per_user"], 3);
    EXPECT_EQ(shown["creator_user_name"], kUser);
    sql.run("UPDATE cluster_policies SET created_at_timestamp = 1 WHERE name = 'b'");
    EXPECT_EQ(names(), (Names{"b", "a"}));
    EXPECT_EQ(names("?sort_column=POLICY_NAME"), (Names{"a", "b"}));
    EXPECT_EQ(names("?sort_order=DESC"), (Names{"a", "b"}));

    EXPECT_EQ(get("/api/2.0/policies/clusters/get?policy_id=" + a, bob).status, 200);
    const Json edit{{"policy_id", a}, {"name", "c"}};
    for (const char* path : {"create", "edit", "delete"})
        expect_refused(post("/api/2.0/policies/clusters/" + std::string(path), edit, bob), 403, "PERMISSION_DENIED",
                       "User bob@example.com does not have Manage permission on cluster policies.");
    EXPECT_EQ(post("/api/2.0/policies/clusters/edit", edit).body, "{}");
    EXPECT_EQ(post("/api/2.0/policies/clusters/delete", {{"policy_id", b}}).body, "{}");
    EXPECT_EQ(names(), Names{"c"});
    EXPECT_EQ(get("/api/2.0/policy-families").json()["policy_families"], Json::array());
}

TEST_F(ClusterPoliciesTest, WhatIsWrongIsNamedAndNothingIsWritten) {
    const std::string policy_id = create_policy("p", Json::object());
    create_policy("q", Json::object());
    const std::string before = sql.one("SELECT string_agg(c::text, ',') FROM cluster_policies c");
    auto refused = [&](const std::string& path, const Json& body, int status, const char* code, const char* message) {
        expect_refused(post("/api/2.0/policies/clusters/" + path, body), status, code, message);
    };
    refused("create", {{"name", "p"}}, 400, kInvalid, "name: there is a cluster policy 'p' already.");
    refused("edit", {{"policy_id", policy_id}, {"name", "q"}}, 400, kInvalid, "name: there is a cluster policy 'q'");
    refused("create", {{"name", "r"}, {"definition", "{\"num_workers\": {\"type\": \"most\"}}"}}, 400, kInvalid,
            "definition.num_workers.type: expected fixed, ");
    refused("create", {{"name", "r"}, {"policy_family_id", "personal-vm"}}, 400, kInvalid,
            "policy_family_id: there are");
    refused("create", {{"name", "r"}, {"max_clusters_per_user", 0}}, 400, kInvalid, "max_clusters_per_user: ");
    refused("create", {{"name", "r"}, {"libraries", {{{"pypi", Json::object()}}}}}, 400, kInvalid,
            "libraries[0].pypi.package: ");
    for (const char* path : {"edit", "delete"})
        refused(path, {{"policy_id", "none"}, {"name", "r"}}, 404, "RESOURCE_DOES_NOT_EXIST",
                "Cluster policy none does not exist.");
    EXPECT_EQ(get("/api/2.0/policies/clusters/get?policy_id=none").status, 404);
    EXPECT_EQ(get("/api/2.0/policy-families/personal-vm").json()["error_code"], "RESOURCE_DOES_NOT_EXIST");
    EXPECT_EQ(sql.one("SELECT string_agg(c::text, ',') FROM cluster_policies c"), before);
}

TEST_F(ClusterPoliciesTest, ACreatedClusterIsWhatItsPolicySays) {
    const Json library{{"pypi", {{"package", "six==1.16.0"}}}};
    const Json definition{{"spark_version", {{"type", "fixed"}, {"value", kVersion}}},
                          {"spark_conf.spark.a", {{"type", "fixed"}, {"value", 7}}},
                          {"num_workers", {{"type", "range"}, {"maxValue", 2}, {"defaultValue", 1}}}};
    const std::string policy_id = create_policy("p", definition, {{"libraries", {library}}});
    expect_refused(post("/api/2.1/clusters/create", {{"policy_id", policy_id}}), 400, kInvalid,
                   "Validation failed for num_workers, the value must be present");
    expect_refused(create_cluster(policy_id, {{"num_workers", 3}, {"spark_version", "9.1.x"}}), 400, kInvalid,
                   "Validation failed for num_workers, the value must be at most 2 (is \"3\"); Validation failed for "
                   "spark_version, the value must be 15.4.x-scala2.12 (is \"9.1.x\")");
    expect_refused(create_cluster("none"), 400, kInvalid, "policy_id: Cluster policy none does not exist.");

    const HttpAnswer made =
        post("/api/2.1/clusters/create", {{"policy_id", policy_id}, {"apply_policy_default_values", "true"}}, bob);
    ASSERT_EQ(made.status, 200) << made.body;
    const std::string id = made.json()["cluster_id"];
    const Json cluster = get("/api/2.1/clusters/get?cluster_id=" + id).json();
    EXPECT_EQ(cluster["policy_id"], policy_id);
    EXPECT_EQ(cluster["spark_version"], kVersion);
    EXPECT_EQ(cluster["num_workers"], 1);
    EXPECT_EQ(cluster["spark_conf"], (Json{{"spark.a", "7"}}));
    EXPECT_EQ(sql.one("SELECT libraries FROM clusters WHERE cluster_id = '" + id + "'"),
              "[{\"pypi\": {\"package\": \"six==1.16.0\"}}]");
    const Json listed = get("/api/2.1/clusters/list?filter_by.policy_id=" + policy_id).json();
    ASSERT_EQ(listed["clusters"].size(), 1u);
    EXPECT_EQ(listed["clusters"][0]["cluster_id"], id);
}

TEST_F(ClusterPoliciesTest, EditUpdateAndResizeAreHeldToo) {
    const std::string policy_id = create_policy("p", {{"num_workers", {{"type", "range"}, {"maxValue", 2}}}},
                                                {{"libraries", {{{"pypi", {{"package", "six==1.16.0"}}}}}}});
    const Json edited{{"cluster_id", kCluster}, {"spark_version", kVersion}, {"policy_id", policy_id}};
    expect_refused(post("/api/2.1/clusters/edit", edited), 400, kInvalid, "Validation failed for num_workers, ");
    const Json update{{"cluster_id", kCluster},
                      {"update_mask", "policy_id,num_workers"},
                      {"cluster", {{"policy_id", policy_id}, {"num_workers", 3}}}};
    expect_refused(post("/api/2.1/clusters/update", update), 400, kInvalid,
                   "Validation failed for cluster.num_workers, the value must be at most 2 (is \"3\")");
    Json allowed = update;
    allowed["cluster"]["num_workers"] = 2;
    EXPECT_EQ(post("/api/2.1/clusters/update", allowed).body, "{}");
    EXPECT_EQ(sql.one("SELECT libraries FROM clusters"), "[{\"pypi\": {\"package\": \"six==1.16.0\"}}]");
    sql.run("UPDATE clusters SET state = 'RUNNING'");
    expect_refused(post("/api/2.1/clusters/resize", {{"cluster_id", kCluster}, {"num_workers", 3}}), 400, kInvalid,
                   "Validation failed for num_workers, the value must be at most 2 (is \"3\")");
    EXPECT_EQ(post("/api/2.1/clusters/resize", {{"cluster_id", kCluster}, {"num_workers", 1}}).body, "{}");

    post("/api/2.0/policies/clusters/delete", {{"policy_id", policy_id}});
    sql.run("UPDATE clusters SET state = 'TERMINATED', resized_from = NULL");
    EXPECT_EQ(post("/api/2.1/clusters/start", {{"cluster_id", kCluster}}).body, "{}");
    sql.run("UPDATE clusters SET state = 'RUNNING'");
    expect_refused(post("/api/2.1/clusters/edit", edited), 400, kInvalid, "policy_id: Cluster policy ");
}

TEST_F(ClusterPoliciesTest, AUserHasAsManyActiveClustersAsThePolicyAllows) {
    const std::string policy_id = create_policy("p", Json::object(), {{"max_clusters_per_user", 1}});
    const std::string first = create_cluster(policy_id).json()["cluster_id"];
    const std::string message =
        "Cluster policy 'p' allows 1 active clusters of a user; " + std::string(kUser) + " has 1";
    expect_refused(create_cluster(policy_id), 400, "QUOTA_EXCEEDED", message);
    EXPECT_EQ(post("/api/2.1/clusters/create", {{"policy_id", policy_id}, {"spark_version", kVersion}}, bob).status,
              200);
    sql.run("UPDATE clusters SET state = 'TERMINATED' WHERE cluster_id = '" + first + "'");
    EXPECT_EQ(create_cluster(policy_id).status, 200);
    expect_refused(post("/api/2.1/clusters/start", {{"cluster_id", first}}), 400, "QUOTA_EXCEEDED", message);
    EXPECT_EQ(sql.one("SELECT state FROM clusters WHERE cluster_id = '" + first + "'"), "TERMINATED");
}

TEST_F(ClusterPoliciesTest, JobsAreHeldWhenTheyAreWritten) {
    const std::string policy_id = create_policy("p",
                                                {{"cluster_type", {{"type", "fixed"}, {"value", "job"}}},
                                                 {"spark_version", {{"type", "fixed"}, {"value", kVersion}}},
                                                 {"num_workers", {{"type", "range"}, {"maxValue", 2}}}},
                                                {{"libraries", {{{"pypi", {{"package", "six==1.16.0"}}}}}}});
    expect_refused(create_cluster(policy_id, {{"num_workers", 1}}), 400, kInvalid,
                   "Validation failed for cluster_type, the value must be job");
    Json job = notebook_job();
    job["tasks"][0].erase("existing_cluster_id");
    job["tasks"][0]["job_cluster_key"] = "main";
    job["job_clusters"] = {
        {{"job_cluster_key", "main"}, {"new_cluster", {{"policy_id", policy_id}, {"num_workers", 3}}}}};
    expect_refused(post("/api/2.2/jobs/create", job), 400, kInvalid,
                   "Validation failed for job_clusters[0].new_cluster.num_workers, the value must be at most 2");
    job["job_clusters"][0]["new_cluster"]["num_workers"] = 2;
    const HttpAnswer made = post("/api/2.2/jobs/create", job);
    ASSERT_EQ(made.status, 200) << made.body;
    const std::string task = " FROM job_tasks WHERE job_id = " + to_string(made.json()["job_id"]);
    EXPECT_EQ(sql.one("SELECT new_cluster ->> 'spark_version'" + task), kVersion);
    EXPECT_EQ(sql.one("SELECT libraries" + task), "[{\"pypi\": {\"package\": \"six==1.16.0\"}}]");

    Json submitted{{"run_name", "once"}, {"tasks", job["tasks"]}};
    submitted["tasks"][0].erase("job_cluster_key");
    submitted["tasks"][0]["new_cluster"] = {{"policy_id", policy_id}, {"num_workers", 4}};
    expect_refused(post("/api/2.2/jobs/runs/submit", submitted), 400, kInvalid,
                   "Validation failed for tasks[0].new_cluster.num_workers, ");
    submitted["tasks"][0]["new_cluster"]["policy_id"] = "none";
    expect_refused(post("/api/2.2/jobs/runs/submit", submitted), 400, kInvalid,
                   "tasks[0].new_cluster.policy_id: Cluster policy none does not exist.");
    const Json update{
        {"job_id", made.json()["job_id"]},
        {"new_settings",
         {{"job_clusters",
           {{{"job_cluster_key", "main"}, {"new_cluster", {{"policy_id", policy_id}, {"num_workers", 5}}}}}}}}};
    expect_refused(post("/api/2.2/jobs/update", update), 400, kInvalid,
                   "Validation failed for new_settings.job_clusters[0].new_cluster.num_workers, ");
}

}  // namespace
}  // namespace stoker::test
