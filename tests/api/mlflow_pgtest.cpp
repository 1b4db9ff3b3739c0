#include <atomic>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/hash.h"
#include "tests/api/api_pgtest.h"

namespace stoker::test {
namespace {

/// Stands in for the mlflow server: answers each request with what it got of it, in chunks.
class Upstream {
  public:
    Upstream() : folder_(new_folder()), listening_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path().copy(address.sun_path, sizeof address.sun_path - 1);
        if (::bind(listening_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(listening_, 8) != 0)
            throw std::runtime_error("no socket at " + path());
        accepting_ = std::thread([this] { accept(); });
    }
    ~Upstream() {
        ::shutdown(listening_, SHUT_RDWR);
        accepting_.join();
        for (const int connection : sockets_) ::shutdown(connection, SHUT_RDWR);
        serving_.clear();  // joins
        for (const int connection : sockets_) ::close(connection);
        ::close(listening_);
        std::filesystem::remove_all(folder_);
    }

    std::string path() const { return (folder_ / "mlflow.sock").string(); }
    int connections() const { return connections_; }  // accepted so far
    int requests() const { return requests_; }
    /// From here on it reads a request, closes the connection and answers nothing, that often.
    void close_unanswered(int times) { unanswered_ = times; }
    std::string head() {
        std::lock_guard lock(mutex_);
        return head_;
    }
    /// Of the last request, as far as it is kept: 64 KiB.
    std::string body() {
        std::lock_guard lock(mutex_);
        return body_;
    }
    /// From here on it answers that JSON, in two chunks.
    void answer_json(std::string text) {
        std::lock_guard lock(mutex_);
        json_ = std::move(text);
    }

  private:
    void accept() {
        for (int connection; (connection = ::accept(listening_, nullptr, nullptr)) >= 0;) {
            ++connections_;
            sockets_.push_back(connection);
            serving_.emplace_back([this, connection] {
                std::string buffer;
                while (serve_request(connection, buffer)) {
                }
                ::shutdown(connection, SHUT_RDWR);
            });
        }
    }

    static bool fill(int connection, std::string& buffer) {
        char bytes[65536];
        const auto count = ::recv(connection, bytes, sizeof bytes, 0);
        if (count <= 0) return false;
        buffer.append(bytes, static_cast<std::size_t>(count));
        return true;
    }

    bool serve_request(int connection, std::string& buffer) {
        std::size_t end;
        while ((end = buffer.find("\r\n\r\n")) == std::string::npos)
            if (!fill(connection, buffer)) return false;
        const std::string head = buffer.substr(0, end + 2);
        buffer.erase(0, end + 4);
        std::size_t received = 0;
        std::string body;
        if (const auto at = head.find("Content-Length: "); at != std::string::npos) {
            const std::size_t length = std::stoul(head.substr(at + 16));
            for (; received < length; buffer.clear()) {
                if (buffer.empty() && !fill(connection, buffer)) return false;
                received += buffer.size();
                if (body.size() < 64 * 1024) body += buffer;
            }
        }
        std::string json;
        {
            std::lock_guard lock(mutex_);
            head_ = head;
            body_ = body;
            json = json_;
        }
        ++requests_;
        if (unanswered_ > 0) {
            --unanswered_;
            return false;
        }
        if (!json.empty()) {
            const std::string answer =
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" +
                chunk(json.substr(0, json.size() / 2)) + chunk(json.substr(json.size() / 2)) + "0\r\n\r\n";
            return ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) > 0;
        }
        const std::string line = head.substr(0, head.find(" HTTP")) + " " + std::to_string(received);
        const std::string answer =
            "HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive, "
            "X-Hop\r\nKeep-Alive: 5\r\nX-Hop: 1\r\nX-Own: yes\r\nX-O: yes\r\n\r\n" +
            chunk(line) + "0\r\n\r\n";
        return ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) > 0;
    }

    static std::string chunk(const std::string& text) {
        std::array<char, 16> size{};
        std::snprintf(size.data(), size.size(), "%zx", text.size());
        return std::string(size.data()) + "\r\n" + text + "\r\n";
    }

    std::filesystem::path folder_;
    int listening_;
    std::atomic<int> connections_ = 0;
    std::atomic<int> requests_ = 0;
    std::atomic<int> unanswered_ = 0;
    std::mutex mutex_;
    std::string head_;
    std::string body_;
    std::string json_;
    std::thread accepting_;
    std::vector<int> sockets_;  // of the accepting thread while it runs
    std::vector<std::jthread> serving_;
};

api::Settings with_mlflow(const Upstream& upstream) {
    api::Settings settings;
    settings.mlflow_socket = upstream.path();
    return settings;
}

struct HasUpstream {
    Upstream upstream;
};
class MlflowTest : private HasUpstream, public ApiTest {
  protected:
    MlflowTest() : ApiTest(with_mlflow(HasUpstream::upstream)) {}
    using HasUpstream::upstream;
};

TEST_F(MlflowTest, RequestsGoThroughWithTheIdentityInPlaceOfTheToken) {
    const HttpAnswer answer =
        ask("POST", "/api/2.0/mlflow/runs/log-metric?x=1", {{"key", "k"}},
            "X-Forwarded-For: 1.2.3.4\r\nX-Stoker-User: root\r\nOrigin: http://test.local\r\nX-Keep: me\r\n");
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.body, "POST /api/2.0/mlflow/runs/log-metric?x=1 11");
    EXPECT_EQ(answer.headers.at("x-own"), "yes");
    EXPECT_FALSE(answer.headers.contains("keep-alive"));
    const std::string head = upstream.head();
    EXPECT_NE(head.find("X-Stoker-User: ann@example.com\r\n"), std::string::npos) << head;
    EXPECT_NE(head.find("X-Keep: me\r\n"), std::string::npos) << head;
    for (const char* stripped : {"Authorization", "X-Forwarded-For", "root", "Origin", "test.local"})
        EXPECT_EQ(head.find(stripped), std::string::npos) << head;
}

TEST_F(MlflowTest, FieldsThatConnectionNamesGoNoFurtherAndOthersDo) {
    const HttpAnswer answer =
        ask("POST", "/api/2.0/mlflow/runs/create", {},
            "Connection: keep-alive, X-Secret-Hop\r\nX-Secret-Hop: 1\r\nX-Secret: 2\r\nConnection: "
            "X-Second\r\nX-Second: 3\r\n");
    EXPECT_EQ(answer.status, 201);
    const std::string head = upstream.head();
    EXPECT_EQ(head.find("X-Secret-Hop"), std::string::npos) << head;
    EXPECT_EQ(head.find("X-Second"), std::string::npos) << head;
    EXPECT_NE(head.find("X-Secret: 2\r\n"), std::string::npos) << head;  // part of a name is not the name
    EXPECT_FALSE(answer.headers.contains("x-hop"));
    EXPECT_EQ(answer.headers.at("x-o"), "yes");
}

TEST_F(MlflowTest, AReadThatMeetsAClosedConnectionIsSentAgain) {
    ASSERT_EQ(get("/api/2.0/mlflow/runs/get").status, 201);
    upstream.close_unanswered(1);
    EXPECT_EQ(get("/api/2.0/mlflow/runs/get").status, 201);
    EXPECT_EQ(upstream.requests(), 3);
}

TEST_F(MlflowTest, AChangeIsSentOnceWhateverBecomesOfTheConnection) {
    ASSERT_EQ(get("/api/2.0/mlflow/runs/get").status, 201);  // leaves a connection that could be taken again
    upstream.close_unanswered(1);
    const HttpAnswer answer = ask("POST", "/api/2.0/mlflow/runs/create", {});
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.json().at("error_code"), "TEMPORARILY_UNAVAILABLE");
    EXPECT_NE(answer.json().at("message").get<std::string>().find("runs/create"), std::string::npos);
    EXPECT_FALSE(answer.headers.contains("retry-after"));
    EXPECT_EQ(upstream.requests(), 2);
    EXPECT_EQ(ask("POST", "/api/2.0/mlflow/runs/create", {}).status, 201);
}

TEST_F(MlflowTest, ArtifactsOfAnySizeStreamAndTheConnectionIsKept) {
    HttpConnection connection(api.port());
    const std::string artifact(30'000'000, 'a');  // three times what other routes take
    EXPECT_EQ(connection.ask("PUT", "/api/2.0/mlflow-artifacts/artifacts/m.bin", artifact, bearer(token)).body,
              "PUT /api/2.0/mlflow-artifacts/artifacts/m.bin 30000000");
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(connection.ask("GET", "/ajax-api/2.0/mlflow/experiments/search", "", bearer(token)).status, 201);
    EXPECT_EQ(upstream.connections(), 1);
}

TEST_F(MlflowTest, ClientsOfDatabricksSdkHaveNamesOfTheirOwnForPlacesInTheStore) {
    const std::string ours = R"({"run":{"info":{"artifact_uri":"mlflow-artifacts:/1/ab/artifacts"}}})";
    const std::string theirs = R"({"run":{"info":{"artifact_uri":"dbfs:/databricks/mlflow-tracking/1/ab/artifacts"}}})";
    upstream.answer_json(ours);
    for (const std::string header : {"User-Agent: mlflow/3.17 databricks-sdk-py/0.156.0 python/3.11\r\n",
                                     "X-Databricks-Org-Id: 1\r\n", "X-Databricks-Workspace-Id: 1\r\n"}) {
        EXPECT_EQ(get("/api/2.0/mlflow/runs/get?run_id=ab", header).body, theirs) << header;
        EXPECT_EQ(get("/api/3.0/mlflow/runs/get?run_id=ab", header).body, theirs) << header;
        EXPECT_EQ(get("/api/2.0/mlflow-artifacts/artifacts?path=1", header).body, ours) << header;
    }
    EXPECT_EQ(get("/api/2.0/mlflow/runs/get?run_id=ab", "User-Agent: mlflow-python-client/3.17.2\r\n").body, ours);

    const nlohmann::json given{{"name", "m"},
                               {"source", "dbfs://databricks/databricks/mlflow-tracking/1/ab/artifacts"}};
    const nlohmann::json kept{{"name", "m"}, {"source", "mlflow-artifacts:/1/ab/artifacts"}};
    const std::string sdk = "User-Agent: databricks-sdk-py/0.156.0\r\n";
    EXPECT_EQ(post("/api/2.0/mlflow/model-versions/create", given, sdk).status, 200);
    EXPECT_EQ(nlohmann::json::parse(upstream.body()), kept);
    EXPECT_EQ(post("/api/2.0/mlflow/runs/set-tag", given, sdk).status, 200);
    EXPECT_EQ(nlohmann::json::parse(upstream.body()), given);
    EXPECT_EQ(post("/api/2.0/mlflow/model-versions/create", given).status, 200);
    EXPECT_EQ(nlohmann::json::parse(upstream.body()), given);
}

TEST_F(MlflowTest, TheUiLivesBelowMlflow) {
    const std::string basic = "Authorization: Basic " + base64_encode("token:" + token) + "\r\n";
    EXPECT_EQ(get("/mlflow", basic).body, "GET / 0");
    EXPECT_EQ(get("/mlflow/static-files/main.js?v=2", basic).body, "GET /static-files/main.js?v=2 0");
    EXPECT_EQ(get("/mlflow").status, 201);
    EXPECT_EQ(get("/mlflow", bearer("wrong")).status, 401);  // a browser asks again
}
}  // namespace
}  // namespace stoker::test
