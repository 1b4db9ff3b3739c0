#include <thread>

#include "tests/api/dbfs_fixture.h"
#include "tests/api/tls_certificate.h"

// What a request that waits does to its connection, with TLS as without.
namespace stoker::test {
namespace {
const TlsCertificate& certificate() {
    static const TlsCertificate made;
    return made;
}

class WaitingTest : protected HasDbfsRoot, public ApiTest, public testing::WithParamInterface<bool> {
  protected:
    WaitingTest() : ApiTest(GetParam() ? certificate().settings(HasDbfsRoot::settings()) : HasDbfsRoot::settings()) {}

    std::unique_ptr<HttpConnection> connect() {
        return GetParam() ? std::make_unique<HttpConnection>(api.port(), certificate().certificate())
                          : std::make_unique<HttpConnection>(api.port());
    }
    HttpAnswer over(HttpConnection& connection, const std::string& method, const std::string& target,
                    const nlohmann::json& body = nullptr, const std::string& headers = "") {
        return connection.ask(method, target, body.is_null() ? "" : body.dump(), bearer(token) + headers);
    }
    RunId started(HttpConnection& connection) {
        const auto job = over(connection, "POST", "/api/2.1/jobs/create", notebook_job()).json();
        return RunId{over(connection, "POST", "/api/2.1/jobs/run-now", job).json().at("run_id").get<std::int64_t>()};
    }
    std::string waiting_get(RunId run_id, int seconds) const {
        return "GET /api/2.1/jobs/runs/get?run_id=" + to_string(run_id) + " HTTP/1.1\r\nHost: h\r\n" + bearer(token) +
               "Prefer: wait=" + std::to_string(seconds) + "\r\n\r\n";
    }
    /// Those the server knows of.
    int connections(HttpConnection& connection) {
        const std::string text = connection.ask("GET", "/metrics").body;
        const std::string name = "\nstoker_http_open_connections ";
        return std::stoi(text.substr(text.find(name) + name.size()));
    }
};
INSTANTIATE_TEST_SUITE_P(Plain, WaitingTest, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(Tls, WaitingTest, testing::Values(true));

TEST_P(WaitingTest, TheConnectionServesOnBehindAWait) {
    const auto connection = connect();
    const RunId run_id = started(*connection);
    for (int i = 0; i < 3; ++i) {
        connection->send(waiting_get(run_id, 1));
        EXPECT_EQ(connection->read_answer().headers.at("preference-applied"), "wait=1");
        EXPECT_EQ(connection->ask("GET", "/healthz").status, 200);
    }
}

TEST_P(WaitingTest, RequestsThatFollowAWaitAreAnsweredInTurn) {
    const auto connection = connect();
    const RunId run_id = started(*connection);
    connection->send(waiting_get(run_id, 1));
    // The server has begun to wait once another is answered; what follows comes in two parts.
    const auto other = connect();
    EXPECT_EQ(over(*other, "GET", "/api/2.1/jobs/runs/get?run_id=" + to_string(run_id)).status, 200);
    connection->send("GET /healthz HTTP/1.1\r\nHos");
    connection->send("t: h\r\n\r\n" + waiting_get(run_id, 1));
    EXPECT_EQ(connection->read_answer().headers.at("preference-applied"), "wait=1");
    EXPECT_EQ(connection->read_answer().body, R"({"status":"ok"})");
    EXPECT_EQ(connection->read_answer().headers.at("preference-applied"), "wait=1");
}

TEST_P(WaitingTest, AClientThatLeavesIsNotWaitedFor) {
    const auto witness = connect();
    const RunId run_id = started(*witness);
    auto leaver = connect();
    leaver->send(waiting_get(run_id, 60));
    while (connections(*witness) < 2) std::this_thread::yield();
    leaver.reset();
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (connections(*witness) > 1 && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
    EXPECT_EQ(connections(*witness), 1);
}

TEST_P(WaitingTest, LargeFilesGoBothWays) {
    std::string content(5'000'000, '\0');
    for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 2654435761u >> 13);
    const auto connection = connect();
    const std::string target = "/api/2.0/fs/files/Volumes/main/default/v/large";
    EXPECT_EQ(connection->ask("PUT", target, content, bearer(token)).status, 204);
    EXPECT_EQ(connection->ask("GET", target, "", bearer(token)).body, content);
    EXPECT_EQ(connection->ask("GET", "/healthz").status, 200);
}

TEST_P(WaitingTest, LinksAreAsTheClientCalled) {
    const auto connection = connect();
    const auto run =
        over(*connection, "GET", "/api/2.1/jobs/runs/get?run_id=" + to_string(started(*connection))).json();
    const std::string scheme = GetParam() ? "https" : "http";
    EXPECT_TRUE(run.at("run_page_url").get<std::string>().starts_with(scheme + "://test.local/")) << run;
}

}  // namespace
}  // namespace stoker::test
