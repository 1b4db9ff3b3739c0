#include <gtest/gtest.h>

#include "db/connection_string.h"
#include "db/node_join_store.h"
#include "db/scram_verifier.h"
#include "tests/support/factories.h"

namespace stoker::test {
namespace {
constexpr const char* kRefused = "42501";
constexpr const char* kPassword = "of the node alone";

/// Beside the node of the fixture, which shares the role stoker_worker.
class NodeJoinTest : public RunQueueTest {
  protected:
    ~NodeJoinTest() override {
        for (const std::string& role : sql.column("SELECT role_name FROM nodes WHERE role_name IS NOT NULL"))
            sql.run("DROP ROLE " + role);
    }

    void make_token(const std::string& secret, int seconds = 60) {
        server.run_blocking([&](db::Transaction& tx) { db::insert_join_token(tx, secret, kUser, seconds); });
    }
    /// A caller rolls back when the name is taken.
    db::JoinOutcome join(const std::string& secret, const std::string& node_id) {
        const db::JoiningNode node{secret, node_id, "host", db::new_node_role(), db::scram_verifier("", kPassword)};
        auto outcome = db::JoinOutcome::kNameTaken;
        try {
            server.run_blocking([&](db::Transaction& tx) {
                outcome = db::join_node(tx, node);
                if (outcome == db::JoinOutcome::kNameTaken) throw std::runtime_error("rolled back");
            });
        } catch (const std::runtime_error&) {
        }
        return outcome;
    }
    std::string role_of(const std::string& node_id) {
        return sql.one("SELECT role_name FROM nodes WHERE node_id = '" + node_id + "'");
    }
    std::string dsn_of(const std::string& node_id) {
        return db::with_login(database.worker_dsn(), {.role = role_of(node_id), .password = kPassword});
    }
    void join_as(const std::string& node_id) {
        make_token(node_id);
        ASSERT_EQ(join(node_id, node_id), db::JoinOutcome::kJoined);
    }
};

TEST_F(NodeJoinTest, ATokenServesOnceAndUntilItExpires) {
    make_token("one");
    EXPECT_EQ(sql.one("SELECT encode(token_hash, 'escape') LIKE '%one%' FROM join_tokens"), "f");
    EXPECT_EQ(join("another", "far"), db::JoinOutcome::kTokenUnknown);
    EXPECT_EQ(join("one", "far"), db::JoinOutcome::kJoined);
    EXPECT_EQ(join("one", "farther"), db::JoinOutcome::kTokenUnknown);
    make_token("late");
    sql.run("UPDATE join_tokens SET expires_at = now() - interval '1 second'");
    EXPECT_EQ(join("late", "farther"), db::JoinOutcome::kTokenUnknown);
}

TEST_F(NodeJoinTest, ALivingNodesNameIsTakenAndTheTokenAsGoodAsBefore) {
    make_token("one");
    EXPECT_EQ(join("one", "node-1"), db::JoinOutcome::kNameTaken);
    EXPECT_EQ(join("one", "far"), db::JoinOutcome::kJoined);
    sql.run("UPDATE nodes SET heartbeat_at = now() WHERE node_id = 'far'");
    make_token("two");
    EXPECT_EQ(join("two", "far"), db::JoinOutcome::kNameTaken);
    const std::string before = role_of("far");
    sql.run("UPDATE nodes SET heartbeat_at = now() - interval '1 minute' WHERE node_id = 'far'");
    EXPECT_EQ(join("two", "far"), db::JoinOutcome::kJoined) << "a silent node may join anew";
    EXPECT_NE(role_of("far"), before);
    EXPECT_EQ(sql.number("SELECT count(*) FROM pg_roles WHERE rolname = '" + before + "'"), 0);
}

TEST_F(NodeJoinTest, TheRoleReadsNoTableAndMakesNone) {
    join_as("far");
    Sql as_node(dsn_of("far"));
    for (const std::string& table : sql.column("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        EXPECT_EQ(as_node.failure("SELECT * FROM " + table), kRefused) << table;
    EXPECT_EQ(as_node.failure("CREATE TABLE mine (id integer)"), kRefused);
    EXPECT_EQ(as_node.failure("CREATE ROLE mine"), kRefused);
    EXPECT_EQ(as_node.failure("SELECT join_node('x', 'a', 'b', 'stoker_node_x', 'SCRAM-SHA-256$')"), kRefused);
    EXPECT_EQ(as_node.failure("SELECT lock_node_out('node-1')"), kRefused);
    EXPECT_EQ(as_node.failure("SELECT * FROM enqueue_runs('[]')"), kRefused);
}

TEST_F(NodeJoinTest, TheRoleActsForItsOwnNodeAlone) {
    join_as("far");
    Sql as_node(dsn_of("far"));
    EXPECT_EQ(as_node.failure("SELECT register_node('far', 'h', 'local', 2, 1000, 0, '{}', '{}')"), "");
    EXPECT_EQ(as_node.failure("SELECT * FROM clusters_to_serve('far')"), "");
    const std::string cluster = std::string("'") + kCluster + "'", worker_id = std::string("'") + kWorker + "'";
    for (const std::string& statement :
         {std::string("SELECT register_node('node-1', 'h', 'local', 2, 1000, 0, '{}', '{}')"),
          std::string("SELECT register_node('new', 'h', 'local', 2, 1000, 0, '{}', '{}')"),
          std::string("SELECT * FROM clusters_to_serve('node-1')"),
          "SELECT register_worker('w', " + cluster + ", 'node-1', 1, false, 1, 1, 1)",
          "SELECT turn_down_workers('node-1', " + cluster + ", 1, 'why')", "SELECT worker_is_gone(" + worker_id + ")",
          "SELECT worker_is_ready(" + worker_id + ", '{}')", "SELECT rescue_worker(" + worker_id + ", '')",
          "SELECT heartbeat(" + worker_id + ", '[]', 15)", "SELECT libraries_are_installed(" + worker_id + ", '[]')",
          "SELECT cluster_failed(" + cluster + ", 'why', 'CLUSTER_ERROR')",
          "SELECT set_cluster_message(" + cluster + ", 'why')",
          "SELECT add_cluster_event(" + cluster + ", 'RUNNING', '{}', 1)",
          "SELECT cluster_waits(" + cluster + ", 1, '{}', 'why')",
          "SELECT libraries_failed(" + cluster + ", 1, '[]', 'why')"})
        EXPECT_EQ(as_node.failure(statement), kRefused) << statement;
    start(create(job()));
    EXPECT_EQ(as_node.one("SELECT count(*) FROM claim_task_runs(" + worker_id + ", 10, 15)"), "0");
    EXPECT_EQ(as_node.one("SELECT count(*) FROM spark_master_of(" + worker_id + ")"), "0");
    EXPECT_EQ(claim().size(), 1u);
}

TEST_F(NodeJoinTest, TheRoleReadsLibrariesOfThoseForWhomItsNodeWorks) {
    join_as("far");
    sql.run(
        "INSERT INTO workspace_objects (path, parent, object_type, content, creator_user_name, created_at, "
        "modified_at) "
        "VALUES ('/Shared/a.whl', '/Shared', 'FILE', 'wheel', 'bob', 1, 1)");
    Sql as_node(dsn_of("far"));
    const std::string question = std::string("SELECT read_library_file('") + kUser + "', '/Shared/a.whl') IS NOT NULL";
    EXPECT_EQ(as_node.one(question), "f");
    sql.run(std::string("INSERT INTO worker_places (cluster_id, generation, node_id, is_head) VALUES ('") + kCluster +
            "', 1, 'far', false)");
    EXPECT_EQ(as_node.one(question), "t");
}

TEST_F(NodeJoinTest, ARemovedNodesRoleAndSessionsAreGoneAndItsRunsAreGivenUpWithTheirLeases) {
    join_as("far");
    Sql as_node(dsn_of("far"));
    ASSERT_EQ(as_node.failure("SELECT register_node('far', 'h', 'local', 2, 1000, 0, '{}', '{}')"), "");
    sql.run("UPDATE workers SET node_id = 'far'");
    RunId run_id = start(create(job()));
    begin(claim_one());
    const std::string dsn = dsn_of("far"), role = role_of("far");
    auto lock_out = [&](const std::string& node_id) {
        return server.run_blocking([&](db::Transaction& tx) { return db::lock_node_out(tx, node_id); });
    };
    EXPECT_EQ(lock_out("nobody"), db::RemoveOutcome::kUnknown);
    EXPECT_EQ(lock_out("node-1"), db::RemoveOutcome::kNotJoined);
    EXPECT_EQ(lock_out("far"), db::RemoveOutcome::kRemoved);
    EXPECT_THROW(Sql{dsn}, std::runtime_error);
    server.run_blocking([](db::Transaction& tx) { db::end_node_role(tx, "far"); });
    EXPECT_NE(as_node.failure("SELECT 1"), "") << "the session has ended";
    EXPECT_EQ(sql.number("SELECT count(*) FROM pg_roles WHERE rolname = '" + role + "'"), 0);
    rescue();
    EXPECT_EQ(state(run_id), "RUNNING") << "its lease still holds, and with it the worker's right to write";
    expire_leases();
    rescue();
    EXPECT_EQ(state(run_id), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(sql.one("SELECT state FROM workers"), "GONE");
    EXPECT_EQ(lock_out("far"), db::RemoveOutcome::kUnknown);
}

}  // namespace
}  // namespace stoker::test
