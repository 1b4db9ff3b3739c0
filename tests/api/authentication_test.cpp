#include "api/http/middleware/authentication.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "api/http/router.h"
#include "core/error.h"
#include "core/hash.h"
#include "tests/support/manual_clock.h"

namespace stoker::api {
namespace {
const std::string kKey = "signing key";

/// Counts what it is asked.
struct Table final : TokenSource {
    std::map<std::string, db::UserRow> users{{"good", {1, "ann", "Ann", true, false}}};
    std::map<std::int64_t, RunUser> runs{{7, {{2, "bob", "Bob", true, true}, true}}};
    std::map<std::string, std::string> nodes{{"far", "stoker_node_1"}};
    int asked = 0;

    boost::asio::awaitable<std::optional<db::UserRow>> user_of_token(std::string token) override {
        ++asked;
        auto found = users.find(token);
        co_return found == users.end() ? std::nullopt : std::optional(found->second);
    }
    boost::asio::awaitable<std::optional<RunUser>> user_of_run(RunTokenClaims claims) override {
        ++asked;
        auto found = runs.find(claims.run_id.value);
        co_return found == runs.end() ? std::nullopt : std::optional(found->second);
    }
    boost::asio::awaitable<bool> is_joined(NodeTokenClaims claims) override {
        ++asked;
        auto found = nodes.find(claims.node_id);
        co_return found != nodes.end() && found->second == claims.role_name;
    }
};

const Endpoint kFiles{.method = "GET", .path = "/f", .serves_nodes = true};
const Endpoint kOther{.method = "GET", .path = "/o"};

struct AuthenticationTest : testing::Test {
    test::ManualClock clock;
    Table table;
    Authentication authentication{{kKey, std::chrono::seconds(5)}, table, clock};

    /// The user's name, or the wire name of the refusal.
    std::string identify(const std::string& header, const Endpoint* endpoint = nullptr, const char* method = "GET",
                         const char* path = "/") {
        Request request;
        request.method = method;
        request.endpoint = endpoint;
        request.path = path;
        if (!header.empty()) request.headers.add("authorization", header);
        std::string result;
        boost::asio::io_context io;
        boost::asio::co_spawn(io, authentication.authenticate(request), [&](std::exception_ptr failure) {
            try {
                if (failure) std::rethrow_exception(failure);
                result = request.principal.user_name;
            } catch (const ApiError& error) {
                result = error_code_row(error.code()).wire_name;
            }
        });
        io.run();
        return result;
    }
};

TEST_F(AuthenticationTest, CredentialsAndTheirRefusals) {
    EXPECT_EQ(identify(""), "UNAUTHENTICATED");
    EXPECT_EQ(identify("Digest x"), "UNAUTHENTICATED");
    EXPECT_EQ(identify("Bearer "), "UNAUTHENTICATED");
    EXPECT_EQ(identify("Bearer bad"), "PERMISSION_DENIED");
    EXPECT_EQ(identify("bearer good"), "ann");
    EXPECT_EQ(identify("Basic " + base64_encode("token:good")), "ann");
    EXPECT_EQ(identify("Basic " + base64_encode("root:good")), "PERMISSION_DENIED");
    EXPECT_EQ(identify("Basic ***"), "PERMISSION_DENIED");
}

TEST_F(AuthenticationTest, AGoodTokenIsTrustedForFiveSeconds) {
    EXPECT_EQ(identify("Bearer good"), "ann");
    table.users.clear();
    clock.advance(std::chrono::milliseconds(4999));
    EXPECT_EQ(identify("Bearer good"), "ann");
    EXPECT_EQ(table.asked, 1);
    clock.advance(std::chrono::milliseconds(1));
    EXPECT_EQ(identify("Bearer good"), "PERMISSION_DENIED");
}

TEST_F(AuthenticationTest, ABadTokenIsAskedForEachTime) {
    identify("Bearer later");
    table.users["later"] = table.users["good"];
    EXPECT_EQ(identify("Bearer later"), "ann");
}

TEST_F(AuthenticationTest, ANotifyMakesItForget) {
    EXPECT_EQ(identify("Bearer good"), "ann");
    table.users.clear();
    authentication.forget_users({"someone"});
    EXPECT_EQ(identify("Bearer good"), "ann");
    authentication.forget_users({"ann"});
    EXPECT_EQ(identify("Bearer good"), "PERMISSION_DENIED");
}

TEST_F(AuthenticationTest, ARunTokenDiesWithItsRun) {
    const std::string token = sign_run_token(kKey, {RunId{7}, "bob"});
    EXPECT_EQ(identify("Bearer " + token), "bob");
    EXPECT_EQ(identify("Bearer " + token), "bob");
    EXPECT_EQ(table.asked, 1);
    table.runs.clear();
    authentication.forget_runs({"6", "7"});
    EXPECT_EQ(identify("Bearer " + token), "PERMISSION_DENIED");
    EXPECT_EQ(identify("Bearer " + sign_run_token("another key", {RunId{7}, "bob"})), "PERMISSION_DENIED");
}

TEST_F(AuthenticationTest, ANodesTokenServesItsEndpointsUntilItIsRemoved) {
    const std::string token = "Bearer " + sign_node_token(kKey, {"far", "stoker_node_1"});
    EXPECT_EQ(identify(token, &kFiles), "node:far");
    EXPECT_EQ(identify(token, &kFiles), "node:far");
    EXPECT_EQ(table.asked, 1);
    EXPECT_EQ(identify(token, &kOther), "PERMISSION_DENIED");
    EXPECT_EQ(identify(token), "PERMISSION_DENIED");
    EXPECT_EQ(identify("Bearer " + sign_node_token(kKey, {"far", "stoker_node_2"}), &kFiles), "PERMISSION_DENIED");
    EXPECT_EQ(identify("Bearer " + sign_node_token("other", {"far", "stoker_node_1"}), &kFiles), "PERMISSION_DENIED");
    table.nodes.clear();
    authentication.forget_users({"node:far"});
    EXPECT_EQ(identify(token, &kFiles), "PERMISSION_DENIED");
}

TEST_F(AuthenticationTest, ARunThatEndedLatelyReadsModelsOnly) {
    static constexpr Endpoint kJobs{"*", "jobs"};
    static constexpr Endpoint kModels{"*",     "mlflow", Versions::kNone, Action::kUse,
                                      nullptr, nullptr,  Access::kToken,  true};
    const std::string header = "Bearer " + sign_run_token(kKey, {RunId{7}, "bob"});
    table.runs.at(7).run_is_alive = false;
    for (int again = 0; again < 2; ++again) {  // looked up, then remembered
        EXPECT_EQ(identify(header, &kJobs), "PERMISSION_DENIED");
        EXPECT_EQ(identify(header, &kModels, "POST"), "PERMISSION_DENIED");
        EXPECT_EQ(identify(header, &kModels), "bob");
        EXPECT_EQ(identify(header, &kModels, "POST", "/api/2.0/mlflow/logged-models/search"), "bob");
    }
}

TEST_F(AuthenticationTest, InactiveUsersAreRefused) {
    table.users["good"].active = false;
    EXPECT_EQ(identify("Bearer good"), "PERMISSION_DENIED");
}
}  // namespace
}  // namespace stoker::api
