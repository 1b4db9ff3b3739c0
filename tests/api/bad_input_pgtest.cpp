#include <map>

#include "api/endpoints.h"
#include "api/http/router.h"
#include "tests/api/api_pgtest.h"
#include "tests/api/bad_requests.h"

namespace stoker::test {
namespace {
using Json = nlohmann::json;

/// A job, a run of it that is over, and what a refusal must leave as it was.
class BadInputTest : public ApiTest {
  protected:
    BadInputTest() : job_id(create_job()), run_id(run_now(job_id)) { finish_one("done"); }

    /// How many rows each table has.
    std::string rows() {
        std::string counts;
        for (const auto& table : sql.column("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"))
            counts += table + "=" + sql.one("SELECT count(*) FROM " + table) + " ";
        return counts;
    }

    /// A request that the endpoint's schema allows; null when none is known here.
    Json good_request(const std::string& path) {
        static const Json kNone = Json::object();
        const Json job{{"job_id", job_id.value}};
        const Json run{{"run_id", run_id.value}};
        const Json cluster{{"cluster_id", kCluster}};
        const Json spec{{"spark_version", "15.4.x-scala2.12"}};
        Json edited = spec;
        edited.update(cluster);
        const Json file{{"path", "/Shared/n"}};
        const std::map<std::string, Json> requests{
            {"jobs/create", notebook_job()},
            {"jobs/get", job},
            {"jobs/list", kNone},
            {"jobs/delete", job},
            {"jobs/run-now", job},
            {"jobs/update", job},
            {"jobs/reset", {{"job_id", job_id.value}, {"new_settings", notebook_job()}}},
            {"jobs/runs/submit", {{"run_name", "once"}, {"tasks", notebook_job()["tasks"]}}},
            {"jobs/runs/get", run},
            {"jobs/runs/get-output", run},
            {"jobs/runs/export", run},
            {"jobs/runs/list", kNone},
            {"jobs/runs/cancel", run},
            {"jobs/runs/cancel-all", job},
            {"jobs/runs/delete", run},
            {"jobs/runs/repair", {{"run_id", run_id.value}, {"rerun_tasks", {"only"}}}},
            {"permissions/jobs/{job_id}", kNone},
            {"permissions/jobs/{job_id}/permissionLevels", kNone},
            {"/api/stoker/v1/runs/{run_id}/outputs", kNone},
            {"/api/stoker/v1/runs/{run_id}/notifications", kNone},
            {"/api/stoker/v1/jobs/{job_id}/run-batch", {{"runs", {{{"notebook_params", {{"a", "b"}}}}}}}},
            {"clusters/create", spec},
            {"instance-pools/create", {{"instance_pool_name", "p"}, {"node_type_id", "local.small"}}},
            {"instance-pools/edit", {{"instance_pool_id", "p"}, {"instance_pool_name", "p"}}},
            {"instance-pools/delete", {{"instance_pool_id", "p"}}},
            {"instance-pools/get", {{"instance_pool_id", "p"}}},
            {"instance-pools/list", kNone},
            {"clusters/edit", edited},
            {"clusters/update", {{"cluster_id", kCluster}, {"update_mask", "num_workers"}}},
            {"clusters/resize", {{"cluster_id", kCluster}, {"num_workers", 1}}},
            {"clusters/change-owner", {{"cluster_id", kCluster}, {"owner_username", kUser}}},
            {"clusters/pin", cluster},
            {"clusters/unpin", cluster},
            {"clusters/get", cluster},
            {"clusters/list", kNone},
            {"clusters/start", cluster},
            {"clusters/restart", cluster},
            {"clusters/delete", cluster},
            {"clusters/permanent-delete", cluster},
            {"clusters/events", cluster},
            {"policies/clusters/create", {{"name", "p"}}},
            {"policies/clusters/edit", {{"name", "p"}, {"policy_id", "none"}}},
            {"policies/clusters/delete", {{"policy_id", "none"}}},
            {"policies/clusters/get", {{"policy_id", "none"}}},
            {"policies/clusters/list", kNone},
            {"libraries/install", {{"cluster_id", kCluster}, {"libraries", {{{"jar", "dbfs:/a.jar"}}}}}},
            {"libraries/uninstall", {{"cluster_id", kCluster}, {"libraries", {{{"jar", "dbfs:/a.jar"}}}}}},
            {"libraries/cluster-status", cluster},
            {"workspace/import", {{"path", "/Shared/n"}, {"content", ""}}},
            {"workspace/export", file},
            {"workspace/list", file},
            {"workspace/mkdirs", file},
            {"workspace/delete", file},
            {"workspace/get-status", file},
            {"dbfs/get-status", file},
            {"dbfs/list", file},
            {"dbfs/read", file},
            {"dbfs/create", file},
            {"dbfs/add-block", {{"handle", 1}, {"data", ""}}},
            {"dbfs/close", {{"handle", 1}}},
            {"dbfs/mkdirs", file},
            {"dbfs/move", {{"source_path", "/a"}, {"destination_path", "/b"}}},
            {"dbfs/delete", file},
            {"fs/directories/{path*}", kNone},
            {"git-credentials", {{"git_provider", "gitHub"}, {"personal_access_token", "secret"}}},
            {"git-credentials/{credential_id}", kNone},
            {"notification-destinations", {{"display_name", "d"}, {"config", {{"email", {{"addresses", {"a@b.c"}}}}}}}},
            {"notification-destinations/{id}", kNone},
            {"/api/stoker/v1/files/status", file},
            {"/api/stoker/v1/files/list", file},
            {"/api/stoker/v1/files/make-directory", file},
            {"/api/stoker/v1/files/remove-directory", file},
            {"/api/stoker/v1/files/remove", file},
            {"/api/stoker/v1/files/rename", {{"source_path", "/a"}, {"destination_path", "/b"}}},
            {"/api/stoker/v1/files/link", {{"source_path", "/a"}, {"destination_path", "/b"}}},
            {"/api/stoker/v1/files/set-modified", {{"path", "/a"}, {"modified_ns", 1}}},
            {"/api/stoker/v1/nodes/tokens", kNone},
            {"/api/stoker/v1/nodes/git-token",
             {{"credential_id", 1}, {"user_name", "ann@example.com"}, {"sealed_token", "s"}}},
            {"/api/stoker/v1/nodes/join",
             {{"token", "t"}, {"node_id", "n"}, {"password_verifier", "v"}, {"schema_version", 1}}},
        };
        const auto found = requests.find(path);
        return found == requests.end() ? Json() : found->second;
    }

    std::string target_of(const api::Endpoint& endpoint) const {
        std::string path(endpoint.path);
        if (endpoint.versions != api::Versions::kNone) {
            const auto versions = api::each(endpoint.versions);
            path = "/api/" + std::string(api::wire_name(versions.back())) + "/" + path;
        }
        const std::vector<std::pair<std::string, std::string>> parameters{{"{job_id}", to_string(job_id)},
                                                                          {"{run_id}", to_string(run_id)},
                                                                          {"{credential_id}", "1"},
                                                                          {"{id}", "none"},
                                                                          {"{path*}", "Volumes/a/b/c"}};
        for (const auto& [name, id] : parameters)
            if (const auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), id);
        return path;
    }

    /// Those that take their fields as JSON.
    static std::vector<const api::Endpoint*> endpoints() {
        static api::Router router;
        if (router.endpoints().empty()) api::register_endpoints(router);
        std::vector<const api::Endpoint*> found;
        for (const api::Endpoint* endpoint : router.endpoints()) {
            const api::Content takes = endpoint->operation.takes;
            const bool is_json = takes == api::Content::kJson || takes == api::Content::kForm;
            if (endpoint->handler && endpoint->operation.request && is_json) found.push_back(endpoint);
        }
        return found;
    }

    void expect_refused(const HttpAnswer& answer, const std::string& message, const std::string& what) {
        ASSERT_EQ(answer.status, 400) << what << "\n" << answer.body;
        EXPECT_EQ(answer.json()["error_code"], "INVALID_PARAMETER_VALUE") << what;
        EXPECT_TRUE(answer.json()["message"].get<std::string>().starts_with(message)) << what << "\n" << answer.body;
    }

    JobId job_id;
    RunId run_id;
};

TEST_F(BadInputTest, EachFieldOfEachEndpointIsRefusedByNameAndNothingIsWritten) {
    std::size_t sent = 0;
    const std::string before = rows();
    for (const api::Endpoint* endpoint : endpoints()) {
        const Json good = good_request(std::string(endpoint->path));
        ASSERT_FALSE(good.is_null()) << endpoint->path << ": good_request() above lacks a request that it takes.";
        const std::string target = target_of(*endpoint);
        HttpConnection connection(api.port());
        for (const BadRequest& bad : bad_requests(*endpoint->operation.request, good)) {
            const HttpAnswer answer =
                connection.ask(std::string(endpoint->method), target, bad.body.dump(), bearer(token));
            const std::string what =
                std::string(endpoint->method) + " " + target + " " + bad.body.dump().substr(0, 400);
            expect_refused(answer, bad.message, what);
            if (HasFatalFailure()) break;
            ++sent;
        }
    }
    EXPECT_GT(sent, 2000u);
    EXPECT_EQ(rows(), before);
}

TEST_F(BadInputTest, WhatDoesNotExistIsNamed) {
    struct Row {
        const char* method;
        const char* target;
        Json body;
        int status;
        const char* error_code;
        const char* message;
    };
    Json unknown_cluster = notebook_job();
    unknown_cluster["tasks"][0]["existing_cluster_id"] = "none";
    Json unknown_job = notebook_job();
    unknown_job["tasks"][0] = {{"task_key", "only"}, {"run_job_task", {{"job_id", 7777}}}};
    const char* const kInvalid = "INVALID_PARAMETER_VALUE";
    const char* const kJob = "Job 7777 does not exist.";
    const char* const kRun = "Run 7777 does not exist.";
    const Json job{{"job_id", 7777}};
    const Json run{{"run_id", 7777}};
    const std::vector<Row> table{
        {"GET", "/api/2.2/jobs/get", job, 400, kInvalid, kJob},
        {"POST", "/api/2.2/jobs/delete", job, 400, kInvalid, kJob},
        {"POST", "/api/2.2/jobs/run-now", job, 400, kInvalid, kJob},
        {"POST", "/api/2.2/jobs/update", job, 400, kInvalid, kJob},
        {"POST", "/api/2.2/jobs/reset", {{"job_id", 7777}, {"new_settings", notebook_job()}}, 400, kInvalid, kJob},
        {"POST", "/api/2.2/jobs/runs/cancel-all", job, 400, kInvalid, kJob},
        {"POST", "/api/stoker/v1/jobs/7777/run-batch", {{"runs", {Json::object()}}}, 400, kInvalid, kJob},
        {"GET", "/api/2.0/permissions/jobs/7777", nullptr, 400, kInvalid, kJob},
        {"PUT", "/api/2.0/permissions/jobs/7777", Json::object(), 400, kInvalid, kJob},
        {"PATCH", "/api/2.0/permissions/jobs/7777", Json::object(), 400, kInvalid, kJob},
        {"GET", "/api/2.2/jobs/runs/get", run, 400, kInvalid, kRun},
        {"GET", "/api/2.2/jobs/runs/get-output", run, 400, kInvalid, kRun},
        {"GET", "/api/2.2/jobs/runs/export", run, 400, kInvalid, kRun},
        {"GET", "/api/stoker/v1/runs/7777/outputs", nullptr, 400, kInvalid, kRun},
        {"POST", "/api/2.2/jobs/runs/cancel", run, 400, kInvalid, kRun},
        {"POST", "/api/2.2/jobs/runs/delete", run, 400, kInvalid, kRun},
        {"POST", "/api/2.2/jobs/runs/repair", {{"run_id", 7777}, {"rerun_tasks", {"a"}}}, 400, kInvalid, kRun},
        {"POST", "/api/2.2/jobs/create", unknown_cluster, 400, kInvalid,
         "tasks[0].existing_cluster_id: Cluster none does not exist"},
        {"POST", "/api/2.2/jobs/create", unknown_job, 400, kInvalid,
         "tasks[0].run_job_task.job_id: Job 7777 does not exist."},
        {"GET", "/api/stoker/v1/runs/seven/outputs", nullptr, 400, kInvalid,
         "run_id: expected an integer, got the string 'seven'."},
        {"GET", "/api/2.0/permissions/jobs/seven", nullptr, 400, kInvalid,
         "job_id: expected an integer, got the string 'seven'."},
        {"GET", "/api/2.2/jobs/list?page_token=mine", nullptr, 400, kInvalid, "page_token: "},
        {"GET", "/api/2.2/jobs/list?limit=101", nullptr, 400, kInvalid, "limit: expected a number from 0 to 100"},
        {"GET", "/api/2.2/jobs/runs/list?limit=26", nullptr, 400, kInvalid, "limit: expected a number from 0 to 25"},
        {"GET", "/api/2.2/jobs/runs/list?active_only=true&completed_only=true", nullptr, 400, kInvalid,
         "completed_only: cannot be combined with active_only."},
        {"POST", "/api/2.2/jobs/runs/cancel-all", Json::object(), 400, kInvalid, "job_id: the field is required"},
        {"POST",
         "/api/2.2/jobs/runs/repair",
         {{"run_id", run_id.value}},
         400,
         kInvalid,
         "rerun_tasks: the field is required"},
        {"POST", "/api/2.2/jobs/nothing", Json::object(), 404, "ENDPOINT_NOT_FOUND", "No API found for"},
    };
    const std::string before = rows();
    for (const Row& row : table) {
        const HttpAnswer answer = ask(row.method, row.target, row.body);
        EXPECT_EQ(answer.status, row.status) << row.target << answer.body;
        EXPECT_EQ(answer.json()["error_code"], row.error_code) << row.target;
        EXPECT_TRUE(answer.json()["message"].get<std::string>().starts_with(row.message)) << row.target << answer.body;
    }
    EXPECT_EQ(rows(), before);
}

TEST_F(BadInputTest, ParametersThatExcludeOneAnotherAndThatAreTooLongAreRefused) {
    const Json base{{"job_id", job_id.value}};
    auto with = [&](const Json& more) {
        Json body = base;
        body.update(more);
        return body;
    };
    const std::string long_text(10'001, 'x');
    const std::vector<std::pair<Json, std::string>> table{
        {with({{"notebook_params", {{"a", "1"}}}, {"jar_params", {"b"}}}), "jar_params: cannot be combined"},
        {with({{"notebook_params", {{"a", "1"}}}, {"job_parameters", {{"b", "2"}}}}),
         "job_parameters: cannot be combined with notebook_params."},
        {with({{"notebook_params", {{"a", long_text}}}}), "notebook_params: more than 10,000 bytes of JSON."},
        {with({{"python_params", {long_text}}}), "python_params: more than 10,000 bytes of JSON."},
        {with({{"python_params", {"ä"}}}), "python_params: only ASCII characters are allowed."},
        {with({{"spark_submit_params", {"ä"}}}), "spark_submit_params: only ASCII characters are allowed."},
        {with({{"only", {"none"}}}), "only[0]: 'none' is not a task of the job."},
        {with({{"idempotency_token", std::string(65, 'x')}}), "idempotency_token: is longer than 64 bytes."},
    };
    const std::string before = rows();
    for (const auto& [body, message] : table)
        expect_refused(post("/api/2.2/jobs/run-now", body), message, body.dump().substr(0, 200));
    EXPECT_EQ(rows(), before);
}

TEST_F(BadInputTest, UnknownFieldsAreNamedByEachJobsEndpoint) {
    for (const api::Endpoint* endpoint : endpoints()) {
        const bool is_of_jobs = endpoint->path.starts_with("jobs/") || endpoint->path.starts_with("permissions/");
        if (!is_of_jobs || endpoint->path.ends_with("/delete")) continue;
        Json body = good_request(std::string(endpoint->path));
        body["no_such_field"] = 1;
        const HttpAnswer answer = ask(std::string(endpoint->method), target_of(*endpoint), body);
        const auto header = answer.headers.find("x-stoker-ignored-fields");
        ASSERT_NE(header, answer.headers.end()) << endpoint->path << answer.body;
        EXPECT_EQ(header->second, "no_such_field") << endpoint->path;
    }
}

TEST_F(BadInputTest, AQueryNamesTheItemsOfAnArrayOneByOne) {
    const std::string target = "/api/2.1/clusters/list?filter_by.cluster_states=";
    EXPECT_EQ(get(target + "RUNNING").json()["clusters"].size(), 1u);
    EXPECT_FALSE(get(target + "TERMINATED").json().contains("clusters"));
    EXPECT_EQ(get(target + "TERMINATED&filter_by.cluster_states=RUNNING").json()["clusters"].size(), 1u);
}
}  // namespace
}  // namespace stoker::test
