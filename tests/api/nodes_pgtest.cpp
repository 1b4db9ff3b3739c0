#include "core/join_token.h"
#include "core/signed_token.h"
#include "db/migrator.h"
#include "db/scram_verifier.h"
#include "tests/api/api_pgtest.h"

namespace stoker::test {
namespace {
using Json = nlohmann::json;
constexpr const char* kNodes = "/api/stoker/v1/nodes";
constexpr const char* kAuthority = "a certificate";
constexpr const char* kApiAuthority = "another";

api::Settings taking_nodes() {
    api::Settings settings;
    settings.node_database = "host=10.0.0.1 sslmode=verify-full";
    settings.node_database_authority = kAuthority;
    settings.tls_authority = kApiAuthority;
    return settings;
}

class NodesApiTest : public ApiTest {
  protected:
    NodesApiTest() : ApiTest(taking_nodes()) {}
    ~NodesApiTest() override {
        for (const std::string& role : sql.column("SELECT role_name FROM nodes WHERE role_name IS NOT NULL"))
            sql.run("DROP ROLE " + role);
    }
    static std::string at(const std::string& node_id, const std::string& what = "") {
        return std::string(kNodes) + "/" + node_id + (what.empty() ? "" : "/" + what);
    }
    std::string new_token() { return post(at("tokens"), Json::object()).json().at("token").get<std::string>(); }
    static Json request(const std::string& token, const std::string& node_id = "far") {
        return {{"token", token},
                {"node_id", node_id},
                {"host", "far.example"},
                {"password_verifier", db::scram_verifier("", "secret")},
                {"schema_version", db::newest_migration()}};
    }
};

TEST_F(NodesApiTest, NodesAreShownAndMoved) {
    const Json shown = get(kNodes).json()["nodes"][0];
    EXPECT_EQ(shown["node_id"], "node-1");
    EXPECT_EQ(shown["state"], "READY");
    EXPECT_EQ(shown["joined"], false);
    EXPECT_EQ(shown["workers"], 1);
    for (const auto& [what, state] : std::vector<std::pair<std::string, std::string>>{
             {"cordon", "CORDONED"}, {"uncordon", "READY"}, {"drain", "DRAINING"}}) {
        EXPECT_EQ(post(at("node-1", what), Json::object()).status, 200);
        EXPECT_EQ(get(kNodes).json()["nodes"][0]["state"], state);
    }
    EXPECT_EQ(sql.one("SELECT state FROM workers"), "DRAINING");
    const HttpAnswer unknown = post(at("nobody", "drain"), Json::object());
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.json()["message"], "There is no node 'nobody'; `stoker node list` names those there are.");
}

TEST_F(NodesApiTest, OnlyAdminsMay) {
    const std::string bob = bearer(token_of("bob@example.com", false));
    EXPECT_EQ(get(kNodes, bob).status, 403);
    EXPECT_EQ(post(at("node-1", "cordon"), Json::object(), bob).status, 403);
    EXPECT_EQ(post(at("tokens"), Json::object(), bob).status, 403);
    EXPECT_EQ(ask("DELETE", at("node-1"), nullptr, bob).status, 403);
}

TEST_F(NodesApiTest, WhoeverAsksLearnsWhoVouchesForTheServer) {
    const HttpAnswer answer = get(at("authorities"), bearer(""));
    EXPECT_EQ(answer.json(), (Json{{"database_authority", kAuthority}, {"api_authority", kApiAuthority}}));
}

TEST_F(NodesApiTest, AMachineJoinsByATokenAlone) {
    const std::string token = new_token();
    EXPECT_EQ(parse_join_token(token)->fingerprint, fingerprint_of(kAuthority, kApiAuthority));
    const HttpAnswer joined = post(at("join"), request(token), "");
    ASSERT_EQ(joined.status, 200) << joined.body;
    const std::string role = sql.one("SELECT role_name FROM nodes WHERE node_id = 'far'");
    EXPECT_NE(joined.json()["database"].get<std::string>().find("user='" + role + "'"), std::string::npos);
    EXPECT_EQ(joined.json()["database"].get<std::string>().find("password"), std::string::npos);
    EXPECT_EQ(verify_node_token(ApiServer::kSigningKey, joined.json()["node_token"].get<std::string>()),
              (NodeTokenClaims{"far", role}));
    const HttpAnswer again = post(at("join"), request(token, "farther"), "");
    EXPECT_EQ(again.status, 403);
    EXPECT_TRUE(
        again.json()["message"].get<std::string>().starts_with("The join token is unknown, has expired or was used"));
    EXPECT_EQ(ask("DELETE", at("far")).status, 200);
    EXPECT_EQ(sql.number("SELECT count(*) FROM pg_roles WHERE rolname = '" + role + "'"), 0);
    EXPECT_EQ(ask("DELETE", at("far")).status, 404);
    EXPECT_EQ(ask("DELETE", at("node-1")).json()["error_code"], "INVALID_STATE");
}

TEST_F(NodesApiTest, BadJoinsWriteNothingAndLeaveTheTokenAsItIs) {
    const std::string token = new_token();
    auto refused = [&](const char* field, const Json& value, const std::string& message) {
        Json bad = request(token);
        bad[field] = value;
        const HttpAnswer answer = post(at("join"), bad, "");
        EXPECT_TRUE(answer.json()["message"].get<std::string>().starts_with(message)) << answer.body;
        EXPECT_NE(answer.status, 200);
    };
    refused("token", "sjtnone", "The join token is unknown");
    refused("node_id", "../far", "node_id: expected up to 63 letters");
    refused("node_id", "node-1", "There is a node 'node-1' that lives");
    refused("password_verifier", "secret", "password_verifier: is no SCRAM-SHA-256 verifier.");
    refused("schema_version", 1, "schema_version: the node's stoker knows schema 1, the server's ");
    EXPECT_EQ(sql.number("SELECT count(*) FROM nodes"), 1);
    EXPECT_EQ(post(at("join"), request(token), "").status, 200);
}

class ServerWithoutNodesTest : public ApiTest {};

TEST_F(ServerWithoutNodesTest, SaysHowItWouldTakeThem) {
    const HttpAnswer answer = post("/api/stoker/v1/nodes/tokens", Json::object());
    EXPECT_EQ(answer.json()["error_code"], "FEATURE_DISABLED");
    EXPECT_TRUE(
        answer.json()["message"].get<std::string>().starts_with("This server takes no nodes from other machines"));
}

}  // namespace
}  // namespace stoker::test
