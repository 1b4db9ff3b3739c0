#pragma once
#include "tests/api/api_server.h"
#include "tests/api/http_client.h"
#include "tests/support/factories.h"

namespace stoker::test {

/// A server on a database with one running cluster; its user is an admin and owns the cluster.
class ApiTest : public RunQueueTest {
  protected:
    explicit ApiTest(api::Settings settings = {});

    HttpAnswer ask(const std::string& method, const std::string& target, const nlohmann::json& body = nullptr,
                   const std::string& headers = "");
    HttpAnswer post(const std::string& target, const nlohmann::json& body, const std::string& headers = "") {
        return ask("POST", target, body, headers);
    }
    HttpAnswer get(const std::string& target, const std::string& headers = "") {
        return ask("GET", target, nullptr, headers);
    }
    std::string token_of(const std::string& user_name, bool is_admin);
    static std::string bearer(const std::string& token) { return "Authorization: Bearer " + token + "\r\n"; }

    static nlohmann::json notebook_job();
    JobId create_job(const nlohmann::json& settings = notebook_job());
    RunId run_now(JobId job_id, const nlohmann::json& more = nlohmann::json::object());
    /// As a worker would: claims the one ready task run and ends it with this exit value.
    void finish_one(const std::string& result);

    ApiServer api;
    std::string token;
};

}  // namespace stoker::test
