#include <thread>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/sealed_text.h"
#include "core/signed_token.h"
#include "db/git_store.h"
#include "tests/api/api_pgtest.h"
#include "tests/api/tls_certificate.h"

// What the API does for nodes that joined, and for nobody else.
namespace stoker::test {
namespace {
using Json = nlohmann::json;
constexpr const char* kTables = "/api/stoker/v1/nodes/tables";
constexpr const char* kGitToken = "/api/stoker/v1/nodes/git-token";

/// A service on the loopback that says everything back to its one client, in upper case.
class Shouter {
  public:
    Shouter() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(listener_, 8);
        socklen_t size = sizeof address;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~Shouter() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    std::string uri() const { return "thrift://127.0.0.1:" + std::to_string(port_); }
    int ended() const { return ended_; }

  private:
    void serve() {
        for (int client; (client = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(client), ++ended_) {
            char bytes[4096];
            for (ssize_t count; (count = ::recv(client, bytes, sizeof bytes, 0)) > 0;) {
                for (ssize_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(std::toupper(bytes[i]));
                ::send(client, bytes, static_cast<std::size_t>(count), MSG_NOSIGNAL);
            }
        }
    }
    int listener_;
    std::uint16_t port_ = 0;
    std::atomic<int> ended_ = 0;
    std::thread thread_;
};

struct HasShouter {
    api::Settings settings(const TlsCertificate* certificate) const {
        api::Settings settings;
        settings.metastore_uri = shouter.uri();
        settings.principal_ttl = std::chrono::seconds(1);
        return certificate ? certificate->settings(settings) : settings;
    }
    Shouter shouter;
};

const TlsCertificate& certificate() {
    static const TlsCertificate made;
    return made;
}

class NodeServicesTest : protected HasShouter, public ApiTest, public testing::WithParamInterface<bool> {
  protected:
    NodeServicesTest() : ApiTest(HasShouter::settings(GetParam() ? &certificate() : nullptr)) {
        sql.run("UPDATE nodes SET role_name = 'stoker_node_far' WHERE node_id = 'node-1'");
        sql.run("CREATE ROLE stoker_node_far LOGIN");
    }
    ~NodeServicesTest() override { sql.run("DROP ROLE stoker_node_far"); }

    std::unique_ptr<HttpConnection> connect() {
        return GetParam() ? std::make_unique<HttpConnection>(api.port(), certificate().certificate())
                          : std::make_unique<HttpConnection>(api.port());
    }
    static std::string as_node() {
        return bearer(sign_node_token(ApiServer::kSigningKey, {"node-1", "stoker_node_far"}));
    }
    HttpAnswer ask_tables(HttpConnection& connection, const std::string& headers) {
        connection.send(std::string("GET ") + kTables + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n");
        return connection.read_answer();
    }
};
INSTANTIATE_TEST_SUITE_P(Plain, NodeServicesTest, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(Tls, NodeServicesTest, testing::Values(true));

TEST_P(NodeServicesTest, AConnectionToTheTablesIsCarriedBothWays) {
    const auto connection = connect();
    ASSERT_EQ(ask_tables(*connection, as_node() + "Connection: Upgrade\r\nUpgrade: tcp\r\n").status, 101);
    connection->send("who has ");
    EXPECT_EQ(connection->read_bytes(8), "WHO HAS ");
    const std::string large(300'000, 'x');
    std::thread sending([&] { connection->send(large); });
    EXPECT_EQ(connection->read_bytes(large.size()), std::string(large.size(), 'X'));
    sending.join();
}

TEST_P(NodeServicesTest, ItEndsWithTheNodesRight) {
    const auto connection = connect();
    ASSERT_EQ(ask_tables(*connection, as_node() + "Upgrade: tcp\r\n").status, 101);
    connection->send("first");
    EXPECT_EQ(connection->read_bytes(5), "FIRST");
    sql.run("UPDATE nodes SET role_name = NULL WHERE node_id = 'node-1'");
    EXPECT_TRUE(connection->at_end());
}

TEST_P(NodeServicesTest, ItEndsWithTheClientAndWithTheServer) {
    {
        const auto leaver = connect();
        ASSERT_EQ(ask_tables(*leaver, as_node() + "Upgrade: tcp\r\n").status, 101);
    }
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (shouter.ended() < 1 && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
    EXPECT_EQ(shouter.ended(), 1);
    const auto stays = connect();
    ASSERT_EQ(ask_tables(*stays, as_node() + "Upgrade: tcp\r\n").status, 101);
    api.stop();
    EXPECT_TRUE(stays->at_end());
}

TEST_P(NodeServicesTest, TheTablesAreForNodesAlone) {
    const std::string upgrade = "Upgrade: tcp\r\n";
    HttpAnswer refused = ask_tables(*connect(), bearer(token) + upgrade);
    EXPECT_EQ(refused.status, 403) << "an admin, too";
    EXPECT_EQ(refused.json()["message"],
              "User " + std::string(kUser) + " does not have Use permission on the catalog of tables.");
    const std::string forged = bearer(sign_node_token("another key of the tests", {"node-1", "stoker_node_far"}));
    EXPECT_EQ(ask_tables(*connect(), forged + upgrade).status, 403);
    refused = ask_tables(*connect(), as_node());
    EXPECT_EQ(refused.json()["error_code"], "BAD_REQUEST");
}

TEST_P(NodeServicesTest, AGitTokenIsOpenedForANode) {
    const db::GitCredential credential{.credential_id = 7, .user_name = "ann@example.com"};
    const auto ask_token = [&](const Json& body, const std::string& headers) {
        return connect()->ask("POST", kGitToken, body.dump(), headers);
    };
    Json body{{"credential_id", 7},
              {"user_name", "ann@example.com"},
              {"sealed_token", seal_text(ApiServer::kSealingKey,
                                         db::git_token_purpose(credential.credential_id, credential.user_name), "s3cret")}};
    EXPECT_EQ(ask_token(body, as_node()).json(), (Json{{"token", "s3cret"}}));
    EXPECT_EQ(ask_token(body, bearer(token)).status, 403);
    body["user_name"] = "bob@example.com";
    const HttpAnswer refused = ask_token(body, as_node());
    EXPECT_EQ(refused.json()["error_code"], "INVALID_PARAMETER_VALUE");
    EXPECT_EQ(refused.body.find("s3cret"), std::string::npos);
}

}  // namespace
}  // namespace stoker::test
