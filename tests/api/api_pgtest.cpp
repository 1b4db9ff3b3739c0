#include "tests/api/api_pgtest.h"

#include "db/listener.h"
#include "db/principal_store.h"
#include "tests/api/answer_check.h"

namespace stoker::test {

ApiTest::ApiTest(api::Settings settings)
    : api(database.server_dsn(), std::move(settings)), token(token_of(kUser, true)) {
    sql.run(R"(UPDATE clusters SET spec = '{"spark_version": "15.4.x-scala2.12"}')");  // as each that a client made has
}

std::string ApiTest::token_of(const std::string& user_name, bool is_admin) {
    return server.run_blocking([&](db::Transaction& tx) {
        db::ensure_user(tx, user_name, is_admin, 1);
        db::NewToken wanted;
        wanted.user_name = user_name;
        return db::create_token(tx, wanted, 1).token_value;
    });
}

HttpAnswer ApiTest::ask(const std::string& method, const std::string& target, const nlohmann::json& body,
                        const std::string& headers) {
    HttpConnection connection(api.port());
    const std::string authorization = headers.find("Authorization:") == std::string::npos ? bearer(token) : "";
    HttpAnswer answer = connection.ask(method, target, body.is_null() ? "" : body.dump(), authorization + headers);
    for (const std::string& what : undocumented(method, target, answer))
        ADD_FAILURE() << method << " " << target << ": the answer's " << what << " (api/schema)";
    return answer;
}

nlohmann::json ApiTest::notebook_job() {
    return {{"name", "etl"},
            {"tasks",
             {{{"task_key", "only"},
               {"existing_cluster_id", kCluster},
               {"notebook_task", {{"notebook_path", "/Shared/n"}}}}}}};
}

JobId ApiTest::create_job(const nlohmann::json& settings) {
    const HttpAnswer answer = post("/api/2.1/jobs/create", settings);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return JobId{answer.json().at("job_id").get<std::int64_t>()};
}

RunId ApiTest::run_now(JobId job_id, const nlohmann::json& more) {
    nlohmann::json body{{"job_id", job_id.value}};
    body.update(more);
    const HttpAnswer answer = post("/api/2.1/jobs/run-now", body);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return RunId{answer.json().at("run_id").get<std::int64_t>()};
}

void ApiTest::finish_one(const std::string& result) {
    auto outcome = success(claim_one());
    outcome.result = result;
    const db::FinishResult finished = finish(outcome);
    std::vector<std::string> ids;
    for (RunId run_id : finished.ended_runs) ids.push_back(to_string(run_id));
    db::notify(server, db::kRunsChannel, ids);
}

}  // namespace stoker::test
