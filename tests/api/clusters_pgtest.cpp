#include "db/retention_store.h"
#include "tests/api/api_pgtest.h"

// The Clusters API. The one cluster of ApiTest is RUNNING with its head; those that the tests make stay PENDING until a
// test says otherwise, since no node serves them.
namespace stoker::test {
namespace {
using Json = nlohmann::json;
constexpr const char* kVersion = "15.4.x-scala2.12";

api::Settings with_node_types() {
    clusters::ComputeSettings compute;
    clusters::NodeType small{.node_type_id = "rack.small", .cores = 4, .memory_mb = 16384, .must_fit = true};
    clusters::NodeType large{.node_type_id = "rack.large", .cores = 8, .memory_mb = 32768, .must_fit = true};
    clusters::NodeType fast{.node_type_id = "rack.fast", .labels = {{"disk", "nvme"}}, .must_fit = true};
    compute.node_types = {small, large, fast};
    api::Settings settings;
    settings.catalog = clusters::Catalog(clusters::this_machine(), compute);
    return settings;
}

class ClustersApiTest : public ApiTest {
  protected:
    ClustersApiTest() : ApiTest(with_node_types()) {}

    std::string create_cluster(const std::string& name, Json more = Json::object()) {
        more["cluster_name"] = name;
        more["spark_version"] = kVersion;
        const HttpAnswer answer = post("/api/2.1/clusters/create", more);
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.json().value("cluster_id", "");
    }
    void set_state(const std::string& cluster_id, const std::string& state) {
        sql.run("UPDATE clusters SET state = '" + state + "' WHERE cluster_id = '" + cluster_id + "'");
    }
    Json details(const std::string& cluster_id) { return get("/api/2.1/clusters/get?cluster_id=" + cluster_id).json(); }
    std::vector<std::string> names(const std::string& query, const std::string& headers = "") {
        std::vector<std::string> found;
        const Json answer = get("/api/2.1/clusters/list" + query, headers).json();
        for (const Json& cluster : answer.value("clusters", Json::array())) found.push_back(cluster["cluster_name"]);
        return found;
    }
    std::vector<std::string> event_types(const std::string& cluster_id) {
        std::vector<std::string> types;
        const Json answer = post("/api/2.1/clusters/events", {{"cluster_id", cluster_id}, {"order", "ASC"}}).json();
        for (const Json& event : answer["events"]) types.push_back(event["type"]);
        return types;
    }
    void expect_refused(const HttpAnswer& answer, const std::string& error_code, const std::string& message) {
        EXPECT_EQ(answer.status, error_code == "PERMISSION_DENIED" ? 403 : 400) << answer.body;
        EXPECT_EQ(answer.json()["error_code"], error_code) << answer.body;
        EXPECT_EQ(answer.json()["message"], message);
    }
    std::string bob = bearer(token_of("bob@example.com", false));
};
using Names = std::vector<std::string>;

TEST_F(ClustersApiTest, AClusterIsShownWithItsNodesAndItsSize) {
    sql.run(
        "UPDATE clusters SET num_workers = 1, spec = spec || '{\"node_type_id\": \"i3.xlarge\", "
        "\"driver_node_type_id\": \"m5d.large\"}'");
    worker.run_blocking([](db::Transaction& tx) {
        db::register_worker(tx, {"second", kCluster, "node-1", 1, false, ""}, {4});
        db::worker_is_ready(tx, "second", "{}");
    });
    const Json cluster = details(kCluster);
    EXPECT_EQ(cluster["driver"]["node_id"], kWorker);
    EXPECT_EQ(cluster["driver"]["private_ip"], "localhost");
    EXPECT_GT(cluster["driver"]["start_timestamp"], 0);
    ASSERT_EQ(cluster["executors"].size(), 1u);
    EXPECT_EQ(cluster["executors"][0]["instance_id"], "node-1");
    EXPECT_EQ(cluster["cluster_cores"], 2.0 + 4.0);
    EXPECT_EQ(cluster["cluster_memory_mb"], 8192 + 31232);
    EXPECT_EQ(cluster["spec"]["spark_version"], kVersion);
    EXPECT_EQ(cluster["cluster_source"], "API");
    EXPECT_EQ(cluster["default_tags"]["ClusterId"], kCluster);
    EXPECT_FALSE(cluster.contains("pinned_by_user_name"));
    const Json listed = get("/api/2.1/clusters/list").json()["clusters"][0];
    EXPECT_EQ(listed["driver"]["node_id"], kWorker);
    EXPECT_FALSE(listed.contains("spec"));
}

TEST_F(ClustersApiTest, ANodeTypeThatIsLargerThanEveryNodeIsRefusedAndAShareOfOneIsNot) {
    sql.run("UPDATE nodes SET cores = 4, memory_mb = 15900");
    auto create = [&](const std::string& node_type_id) {
        return post("/api/2.1/clusters/create", {{"spark_version", kVersion}, {"node_type_id", node_type_id}});
    };
    const std::string what =
        "node_type_id: 'rack.large' (8 cores, 32768 MB) is larger than every node; the largest is node-1 (4 cores, "
        "15900 MB).";
    expect_refused(create("rack.large"), "INVALID_PARAMETER_VALUE", what);
    const Json edit{{"cluster_id", kCluster}, {"spark_version", kVersion}, {"node_type_id", "rack.large"}};
    expect_refused(post("/api/2.1/clusters/edit", edit), "INVALID_PARAMETER_VALUE", what);
    EXPECT_EQ(sql.number("SELECT count(*) FROM clusters"), 1);
    EXPECT_EQ(create("rack.small").status, 200) << "16 GB, of which a machine shows some less";
    EXPECT_EQ(create("m5d.2xlarge").status, 200) << "a name of a cloud is a wish";
    EXPECT_EQ(create("local.large").status, 200);
    sql.run("UPDATE nodes SET state = 'GONE'");
    EXPECT_EQ(create("rack.large").status, 200) << "it may wait for a node";
}

TEST_F(ClustersApiTest, LabelsThatNoNodeHasAreRefused) {
    sql.run("UPDATE nodes SET cores = 4, labels = '{\"disk\": \"slow\"}'");
    const Json body{{"spark_version", kVersion}, {"node_type_id", "rack.fast"}};
    expect_refused(post("/api/2.1/clusters/create", body), "INVALID_PARAMETER_VALUE",
                   "node_type_id: 'rack.fast' needs a node (1 cores, 0 MB) with the labels disk=nvme; none has all of "
                   "that: `stoker node --label NAME=VALUE` gives them.");
    sql.run("UPDATE nodes SET labels = '{\"disk\": \"nvme\", \"rack\": \"a\"}'");
    EXPECT_EQ(post("/api/2.1/clusters/create", body).status, 200);
    const Json node = get("/api/stoker/v1/nodes").json()["nodes"][0];
    EXPECT_EQ(node["labels"]["rack"], "a");
    EXPECT_EQ(node["gpus"], 0);
}

TEST_F(ClustersApiTest, AJobClusterNamesItsJob) {
    Json job = notebook_job();
    job["tasks"][0].erase("existing_cluster_id");
    job["tasks"][0]["new_cluster"] = {{"spark_version", kVersion}};
    const JobId job_id = create_job(job);
    run_now(job_id);
    const Json clusters = get("/api/2.1/clusters/list?filter_by.cluster_sources=JOB").json()["clusters"];
    ASSERT_EQ(clusters.size(), 1u);
    EXPECT_EQ(clusters[0]["default_tags"]["JobId"], to_string(job_id));
    EXPECT_EQ(clusters[0]["default_tags"]["RunName"], "etl");
    const Json id{{"cluster_id", clusters[0]["cluster_id"]}};
    const std::string sentence =
        "Cluster " + id["cluster_id"].get<std::string>() + " belongs to a job and cannot be edited.";
    Json edited = id;
    edited["spark_version"] = kVersion;
    expect_refused(post("/api/2.1/clusters/edit", edited), "INVALID_STATE", sentence);
    edited["update_mask"] = "num_workers";
    expect_refused(post("/api/2.1/clusters/update", edited), "INVALID_STATE", sentence);
}

TEST_F(ClustersApiTest, TheListIsSortedFilteredAndPaged) {
    sql.run("UPDATE clusters SET cluster_name = 'running'");
    const std::string b = create_cluster("b"), a = create_cluster("a"), c = create_cluster("c");
    for (const std::string& id : {a, b, c}) set_state(id, "TERMINATED");
    EXPECT_EQ(post("/api/2.1/clusters/pin", {{"cluster_id", c}}).body, "{}");
    EXPECT_EQ(names(""), (Names{"running", "c", "a", "b"}));  // by state, pinned ones first, by name
    EXPECT_EQ(names("?sort_by.direction=DESC"), (Names{"b", "a", "c", "running"}));
    EXPECT_EQ(names("?sort_by.field=CLUSTER_NAME"), (Names{"a", "b", "c", "running"}));
    EXPECT_EQ(names("?sort_by.field=CLUSTER_NAME&sort_by.direction=DESC"), (Names{"running", "c", "b", "a"}));
    EXPECT_EQ(names("?filter_by.is_pinned=true"), Names{"c"});
    EXPECT_EQ(names("?filter_by.is_pinned=False&filter_by.cluster_states=TERMINATED"), (Names{"a", "b"}));
    EXPECT_EQ(names("?filter_by.cluster_sources=JOB&filter_by.cluster_sources=MODELS"), Names{});
    EXPECT_EQ(names("?filter_by.policy_id=none"), Names{});
    EXPECT_EQ(names("", bob), Names{});

    Json page = get("/api/2.1/clusters/list?page_size=3").json();
    EXPECT_EQ(page["clusters"].size(), 3u);
    EXPECT_FALSE(page.contains("prev_page_token"));
    page = get("/api/2.1/clusters/list?page_size=3&page_token=" + page["next_page_token"].get<std::string>()).json();
    ASSERT_EQ(page["clusters"].size(), 1u);
    EXPECT_EQ(page["clusters"][0]["cluster_name"], "b");
    EXPECT_FALSE(page.contains("next_page_token"));
    page = get("/api/2.1/clusters/list?page_size=3&page_token=" + page["prev_page_token"].get<std::string>()).json();
    EXPECT_EQ(page["clusters"][0]["cluster_name"], "running");
    EXPECT_EQ(get("/api/2.0/clusters/list?page_size=1").json()["clusters"].size(), 4u);
}

TEST_F(ClustersApiTest, PinsAreOfAdminsAndKeepClustersFromBeingPruned) {
    const Json cluster{{"cluster_id", kCluster}};
    expect_refused(post("/api/2.1/clusters/pin", cluster, bob), "PERMISSION_DENIED",
                   "User bob@example.com does not have Manage permission on the pins of clusters.");
    for (int i = 0; i < 2; ++i) EXPECT_EQ(post("/api/2.1/clusters/pin", cluster).body, "{}");
    EXPECT_EQ(details(kCluster)["pinned_by_user_name"], kUser);
    sql.run("UPDATE clusters SET cluster_source = 'JOB', state = 'TERMINATED', terminated_time = 1");
    auto prune = [&] {
        return server.run_blocking([](db::Transaction& tx) { return db::prune_clusters(tx, 1000, 10); });
    };
    EXPECT_EQ(prune(), 0);
    EXPECT_EQ(names("").size(), 1u);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(post("/api/2.1/clusters/unpin", cluster).body, "{}");
    EXPECT_FALSE(details(kCluster).contains("pinned_by_user_name"));
    EXPECT_EQ(names(""), Names{});
    EXPECT_EQ(event_types(kCluster), (Names{"CREATING", "RUNNING", "DRIVER_HEALTHY", "PINNED", "UNPINNED"}));
    EXPECT_EQ(prune(), 1);
}

TEST_F(ClustersApiTest, AtMostAHundredClustersArePinned) {
    sql.run(
        "INSERT INTO clusters (cluster_id, cluster_name, spec, state, cluster_source, creator_user_name, "
        "run_as_user_name, "
        "start_time, pinned_by_user_name) SELECT 'c' || i, 'c', '{}', 'TERMINATED', 'API', 'x', 'x', 1, 'x' "
        "FROM generate_series(1, 100) AS i");
    expect_refused(post("/api/2.1/clusters/pin", {{"cluster_id", kCluster}}), "QUOTA_EXCEEDED",
                   std::string("At most 100 clusters can be pinned; unpin one to pin cluster ") + kCluster + ".");
    EXPECT_EQ(post("/api/2.1/clusters/pin", {{"cluster_id", "c7"}}).status, 200);  // as it is already
    EXPECT_EQ(post("/api/2.1/clusters/unpin", {{"cluster_id", "c7"}}).status, 200);
    EXPECT_EQ(post("/api/2.1/clusters/pin", {{"cluster_id", kCluster}}).status, 200);
}

TEST_F(ClustersApiTest, AnUpdateReplacesWhatItsMaskNames) {
    const std::string id = create_cluster("u", {{"num_workers", 2},
                                                {"autotermination_minutes", 30},
                                                {"spark_conf", {{"a", "1"}, {"b", "2"}}},
                                                {"libraries", {{{"jar", "dbfs:/a.jar"}}}},
                                                {"aws_attributes", {{"zone_id", "auto"}, {"availability", "SPOT"}}}});
    expect_refused(post("/api/2.1/clusters/update", {{"cluster_id", id}, {"update_mask", "num_workers"}}),
                   "INVALID_STATE", "Cluster " + id + " is in unexpected state Pending.");
    set_state(id, "TERMINATED");
    auto update = [&](const std::string& mask, const Json& cluster) {
        return post("/api/2.1/clusters/update", {{"cluster_id", id}, {"update_mask", mask}, {"cluster", cluster}});
    };
    EXPECT_EQ(update("num_workers,spark_conf,aws_attributes.zone_id", {{"num_workers", "3"},
                                                                       {"spark_conf", {{"c", 3}}},
                                                                       {"aws_attributes", {{"zone_id", "b"}}},
                                                                       {"cluster_name", "not named by the mask"}})
                  .body,
              "{}");
    Json cluster = details(id);
    EXPECT_EQ(cluster["state"], "TERMINATED");
    EXPECT_EQ(cluster["num_workers"], 3);
    EXPECT_EQ(cluster["spark_conf"], (Json{{"c", "3"}}));
    EXPECT_EQ(cluster["aws_attributes"], (Json{{"zone_id", "b"}, {"availability", "SPOT"}}));
    EXPECT_EQ(cluster["cluster_name"], "u");
    EXPECT_EQ(cluster["autotermination_minutes"], 30);
    EXPECT_EQ(sql.one("SELECT jsonb_array_length(libraries) FROM clusters WHERE cluster_id = '" + id + "'"), "1");

    EXPECT_EQ(update("spark_conf,libraries", Json::object()).status, 200);  // named and not sent: they go
    cluster = details(id);
    EXPECT_FALSE(cluster.contains("spark_conf"));
    EXPECT_EQ(sql.one("SELECT libraries FROM clusters WHERE cluster_id = '" + id + "'"), "[]");

    EXPECT_EQ(update("*", {{"spark_version", kVersion}, {"cluster_name", "new"}}).status, 200);
    EXPECT_EQ(details(id)["num_workers"], 0);
    EXPECT_EQ(details(id)["cluster_name"], "new");
    EXPECT_EQ(event_types(id), (Names{"CREATING", "EDITED", "EDITED", "EDITED"}));

    EXPECT_EQ(post("/api/2.1/clusters/update",
                   {{"cluster_id", kCluster}, {"update_mask", "num_workers"}, {"cluster", {{"num_workers", 1}}}})
                  .status,
              200);
    EXPECT_EQ(details(kCluster)["state"], "RESTARTING");  // a running one takes it on at once
}

TEST_F(ClustersApiTest, ABadUpdateChangesNothing) {
    const Json sound{{"cluster_id", kCluster}, {"update_mask", "num_workers"}, {"cluster", {{"num_workers", 1}}}};
    struct Row {
        const char* field;
        Json value;
        const char* message;
    };
    const std::vector<Row> table{
        {"update_mask", "workers", "update_mask: 'workers' is no field of a cluster"},
        {"update_mask", "num_workers,,spark_conf", "update_mask: '' is no field of a cluster"},
        {"update_mask", "spark_conf.a", "update_mask: 'spark_conf.a': parts of spark_conf cannot be named"},
        {"update_mask", "libraries.0", "update_mask: 'libraries.0': parts of libraries cannot be named"},
        {"update_mask", "*", "cluster.spark_version: the field is required."},
        {"update_mask", "spark_version", "cluster.spark_version: the field is required."},
        {"cluster", {{"num_workers", -1}}, "cluster.num_workers: expected a number from 0 to 100000"},
        {"cluster_id", "none", "Cluster none does not exist"},
    };
    const std::string before = sql.one("SELECT string_agg(c::text, ',') FROM clusters c");
    for (const Row& row : table) {
        Json body = sound;
        body[row.field] = row.value;
        const HttpAnswer answer = post("/api/2.1/clusters/update", body);
        EXPECT_EQ(answer.status, 400) << body;
        EXPECT_EQ(answer.json()["error_code"], "INVALID_PARAMETER_VALUE") << body;
        EXPECT_TRUE(answer.json()["message"].get<std::string>().starts_with(row.message)) << body << answer.body;
    }
    EXPECT_EQ(sql.one("SELECT string_agg(c::text, ',') FROM clusters c"), before);
}

TEST_F(ClustersApiTest, ARunningClusterIsResized) {
    EXPECT_EQ(post("/api/2.1/clusters/resize", {{"cluster_id", kCluster}, {"num_workers", 3}}).body, "{}");
    EXPECT_EQ(details(kCluster)["num_workers"], 3);
    EXPECT_EQ(details(kCluster)["state"], "RESIZING");
    EXPECT_EQ(post("/api/2.1/clusters/resize", {{"cluster_id", kCluster}, {"num_workers", 3}}).body, "{}");
    EXPECT_EQ(event_types(kCluster), (Names{"CREATING", "RUNNING", "DRIVER_HEALTHY", "RESIZING"}));
    const Json told =
        post("/api/2.1/clusters/events", {{"cluster_id", kCluster}, {"event_types", {"RESIZING"}}}).json();
    EXPECT_EQ(told["events"][0]["details"]["current_num_workers"], 0);
    EXPECT_EQ(told["events"][0]["details"]["target_num_workers"], 3);
    const Json bounds{{"min_workers", 4}, {"max_workers", 6}};
    EXPECT_EQ(post("/api/2.1/clusters/resize", {{"cluster_id", kCluster}, {"autoscale", bounds}}).body, "{}");
    EXPECT_EQ(details(kCluster)["autoscale"], bounds);
    EXPECT_EQ(post("/api/2.1/clusters/events", {{"cluster_id", kCluster}, {"event_types", {"RESIZING"}}})
                  .json()["events"][0]["details"]["target_num_workers"],
              4);
    expect_refused(post("/api/2.1/clusters/resize", {{"cluster_id", kCluster}}), "INVALID_PARAMETER_VALUE",
                   "num_workers: the field is required.");
    const std::string id = create_cluster("pending");
    expect_refused(post("/api/2.1/clusters/resize", {{"cluster_id", id}, {"num_workers", 3}}), "INVALID_STATE",
                   "Cluster " + id + " is in unexpected state Pending.");
}

TEST_F(ClustersApiTest, AdminsGiveTerminatedClustersAway) {
    const Json body{{"cluster_id", kCluster}, {"owner_username", "bob@example.com"}};
    expect_refused(post("/api/2.1/clusters/change-owner", body), "INVALID_STATE",
                   std::string("Cluster ") + kCluster + " is in unexpected state Running.");
    set_state(kCluster, "TERMINATED");
    expect_refused(post("/api/2.1/clusters/change-owner", body, bob), "PERMISSION_DENIED",
                   "User bob@example.com does not have Manage permission on the owners of clusters.");
    expect_refused(post("/api/2.1/clusters/change-owner", {{"cluster_id", kCluster}, {"owner_username", "eve"}}),
                   "INVALID_PARAMETER_VALUE", "owner_username: User eve does not exist.");
    EXPECT_EQ(get(std::string("/api/2.1/clusters/get?cluster_id=") + kCluster, bob).status, 403);
    EXPECT_EQ(post("/api/2.1/clusters/change-owner", body).body, "{}");
    const HttpAnswer seen = get(std::string("/api/2.1/clusters/get?cluster_id=") + kCluster, bob);
    ASSERT_EQ(seen.status, 200) << seen.body;
    EXPECT_EQ(seen.json()["creator_user_name"], "bob@example.com");
    EXPECT_EQ(seen.json()["default_tags"]["Creator"], "bob@example.com");
}

TEST_F(ClustersApiTest, StatesThatDoNotAllowItAreNamed) {
    const std::string id = create_cluster("s");
    const Json cluster{{"cluster_id", id}};
    const std::string pending = "Cluster " + id + " is in unexpected state Pending.";
    expect_refused(post("/api/2.1/clusters/start", cluster), "INVALID_STATE", pending);
    expect_refused(post("/api/2.1/clusters/restart", cluster), "INVALID_STATE", pending);
    Json edit = cluster;
    edit["spark_version"] = kVersion;
    expect_refused(post("/api/2.1/clusters/edit", edit), "INVALID_STATE", pending);
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(post("/api/2.1/clusters/delete", cluster).body, "{}");  // of a terminated one, too
    const Json ended = details(id);
    EXPECT_EQ(ended["state"], "TERMINATED");
    EXPECT_EQ(ended["termination_reason"],
              (Json{{"code", "USER_REQUEST"}, {"type", "SUCCESS"}, {"parameters", {{"username", kUser}}}}));
    edit["num_workers"] = 2;
    EXPECT_EQ(post("/api/2.1/clusters/edit", edit).body, "{}");
    EXPECT_EQ(details(id)["state"], "TERMINATED");
    EXPECT_EQ(details(id)["num_workers"], 2);
    EXPECT_EQ(post("/api/2.1/clusters/start", cluster).body, "{}");
    for (const char* verb : {"start", "restart", "delete", "permanent-delete", "pin", "unpin", "edit", "resize"}) {
        Json body{{"cluster_id", "none"}, {"spark_version", kVersion}, {"num_workers", 1}};
        expect_refused(post(std::string("/api/2.1/clusters/") + verb, body), "INVALID_PARAMETER_VALUE",
                       "Cluster none does not exist");
    }
}

TEST_F(ClustersApiTest, AFailedClusterSaysWhyInTheWordsForClusters) {
    auto fail = [&](const std::string& code) {
        sql.run("UPDATE clusters SET state = 'PENDING'; UPDATE workers SET state = 'GONE'");
        worker.run_blocking([&](db::Transaction& tx) { db::cluster_failed(tx, kCluster, {"what it was", code}); });
        const Json cluster = details(kCluster);
        EXPECT_EQ(cluster["state_message"], "what it was");
        EXPECT_EQ(cluster["termination_reason"]["parameters"]["databricks_error_message"], "what it was");
        return cluster["termination_reason"]["code"].get<std::string>() + " " +
               cluster["termination_reason"]["type"].get<std::string>();
    };
    EXPECT_EQ(fail("LIBRARY_INSTALLATION_ERROR"), "INVALID_ARGUMENT CLIENT_ERROR");
    EXPECT_EQ(fail("CLUSTER_ERROR"), "UNEXPECTED_LAUNCH_FAILURE SERVICE_FAULT");
}

TEST_F(ClustersApiTest, EventsHaveBothFormsOfPages) {
    for (int i = 0; i < 3; ++i) {
        post("/api/2.1/clusters/pin", {{"cluster_id", kCluster}});
        post("/api/2.1/clusters/unpin", {{"cluster_id", kCluster}});
    }  // and CREATING, RUNNING, DRIVER_HEALTHY before
    auto ask = [&](Json body) {
        body["cluster_id"] = kCluster;
        return post("/api/2.1/clusters/events", body).json();
    };
    Json page = ask({{"order", "ASC"}, {"limit", 4}});
    EXPECT_EQ(page["total_count"], 9);
    EXPECT_EQ(page["events"].size(), 4u);
    EXPECT_EQ(page["events"][0]["type"], "CREATING");
    page = post("/api/2.1/clusters/events", page["next_page"]).json();  // as clients send it back
    EXPECT_EQ(page["events"][0]["type"], "UNPINNED");
    EXPECT_EQ(page["next_page"]["offset"], 8);
    page = post("/api/2.1/clusters/events", page["next_page"]).json();
    EXPECT_EQ(page["events"].size(), 1u);
    EXPECT_FALSE(page.contains("next_page"));
    EXPECT_FALSE(page.contains("next_page_token"));

    page = ask({{"page_size", 5}});
    EXPECT_EQ(page["events"][0]["type"], "UNPINNED");  // newest first
    page = ask({{"page_size", 5}, {"page_token", page["next_page_token"]}});
    EXPECT_EQ(page["events"].size(), 4u);
    EXPECT_FALSE(page.contains("next_page_token"));
    page = ask({{"page_size", 5}, {"page_token", page["prev_page_token"]}});
    EXPECT_EQ(page["events"].size(), 5u);
    EXPECT_FALSE(page.contains("prev_page_token"));

    EXPECT_EQ(ask({{"event_types", {"PINNED", "CREATING"}}})["total_count"], 4);
    EXPECT_EQ(ask({{"end_time", 1}})["total_count"], 1);
    EXPECT_EQ(ask({{"start_time", 2}})["total_count"], 8);
    expect_refused(post("/api/2.1/clusters/events", {{"cluster_id", kCluster}, {"start_time", 2}, {"end_time", 1}}),
                   "INVALID_PARAMETER_VALUE", "end_time: is before start_time.");
    EXPECT_EQ(ask({{"event_types", {"NOTHING"}}})["error_code"], "INVALID_PARAMETER_VALUE");
}
}  // namespace
}  // namespace stoker::test
