#include <gtest/gtest.h>

#include "tests/api/api_server.h"
#include "tests/api/http_client.h"

namespace stoker::test {
namespace {
const std::string kHealth = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";

TEST(Session, AConnectionIsKeptAndPipelined) {
    ApiServer server;
    HttpConnection connection(server.port());
    connection.send(kHealth + kHealth + "HEAD /healthz HTTP/1.1\r\nHost: h\r\n\r\n" + kHealth);
    EXPECT_EQ(connection.read_answer().body, R"({"status":"ok"})");
    EXPECT_EQ(connection.read_answer().headers["connection"], "keep-alive");
    EXPECT_EQ(connection.read_answer(true).headers["content-length"], "15");
    EXPECT_EQ(connection.read_answer().status, 200);
    connection.send("GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(connection.read_answer().headers["connection"], "close");
    EXPECT_TRUE(connection.at_end());
}

TEST(Session, TheConfigurationIsServedWithoutATokenOrADatabase) {
    ApiServer server;
    HttpConnection connection(server.port());
    HttpAnswer answer = connection.ask("GET", "/.well-known/databricks-config");
    EXPECT_EQ(answer.json()["workspace_id"], answer.headers["x-databricks-org-id"]);
    EXPECT_FALSE(answer.headers["x-request-id"].empty());
    EXPECT_EQ(connection.ask("GET", "/healthz", "", "X-Request-Id: mine-1\r\n").headers["x-request-id"], "mine-1");
    answer = connection.ask("GET", "/readyz");
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.json()["error_code"], "TEMPORARILY_UNAVAILABLE");
    EXPECT_EQ(answer.headers["retry-after"], "1");
}

TEST(Session, LongHeadersAndNonsenseAreRefused) {
    ApiServer server;
    HttpConnection long_header(server.port());
    long_header.send("GET /healthz HTTP/1.1\r\nX: " + std::string(17 * 1024, 'x') + "\r\n\r\n");
    EXPECT_EQ(long_header.read_answer().status, 431);
    EXPECT_TRUE(long_header.at_end());
    HttpConnection nonsense(server.port());
    nonsense.send("what is this\r\n\r\n");
    const HttpAnswer answer = nonsense.read_answer();
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.json()["error_code"], "MALFORMED_REQUEST");
}

TEST(Session, ASlowHeaderLosesItsConnection) {
    api::Settings settings;
    settings.header_timeout = std::chrono::milliseconds(100);
    ApiServer server("", settings);
    HttpConnection connection(server.port());
    connection.send("GET /healthz HT");
    EXPECT_TRUE(connection.at_end());
}

TEST(Session, CredentialsAreAskedFor) {
    ApiServer server;
    HttpConnection connection(server.port());
    HttpAnswer answer = connection.ask("POST", "/api/2.1/jobs/create", "{}");
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.json()["error_code"], "UNAUTHENTICATED");
    EXPECT_EQ(answer.headers["www-authenticate"], "Bearer realm=\"stoker\"");
    EXPECT_TRUE(connection.ask("GET", "/mlflow").headers["www-authenticate"].starts_with("Basic "));
    answer = connection.ask("POST", "/api/2.1/jobs/foo", "{}");  // the same connection: the short bodies were read
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.json()["message"], "No API found for 'POST /jobs/foo'");
    EXPECT_EQ(connection.ask("GET", "/api/2.1/jobs/list", "", "Authorization: Basic eDp5\r\n").status, 403);
}

TEST(Session, TooManyConnectionsAreTurnedAway) {
    api::Settings settings;
    settings.max_connections = 1;
    ApiServer server("", settings);
    HttpConnection first(server.port());
    EXPECT_EQ(first.ask("GET", "/healthz").status, 200);
    HttpConnection second(server.port());
    EXPECT_EQ(second.read_answer().json()["error_code"], "TEMPORARILY_UNAVAILABLE");
}

TEST(Session, ATakenPortIsOneLine) {
    ApiServer server;
    api::Settings settings;
    settings.port = server.port();
    try {
        ApiServer second("", settings);
        FAIL();
    } catch (const std::system_error& error) {
        EXPECT_EQ(std::string(error.what()),
                  "cannot listen on 127.0.0.1:" + std::to_string(server.port()) + ": Address already in use");
    }
}

TEST(Session, MetricsCountRequestsByRoute) {
    ApiServer server;
    HttpConnection connection(server.port());
    connection.ask("GET", "/healthz");
    const std::string text = connection.ask("GET", "/metrics").body;
    EXPECT_NE(text.find(R"(stoker_http_requests_total{code="200",route="/healthz"} 1)"), std::string::npos) << text;
}
}  // namespace
}  // namespace stoker::test
