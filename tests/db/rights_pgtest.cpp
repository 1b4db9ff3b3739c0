#include <gtest/gtest.h>

#include "tests/support/factories.h"

namespace stoker::test {
namespace {
constexpr const char* kRefused = "42501";
class RightsTest : public RunQueueTest {
  protected:
    Sql as_worker{database.worker_dsn()};
    Sql as_server{database.server_dsn()};
};

TEST_F(RightsTest, TheWorkerSeesNoTable) {
    for (const std::string& table : sql.column("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")) {
        EXPECT_EQ(as_worker.failure("SELECT * FROM " + table), kRefused) << table;
        EXPECT_EQ(as_worker.failure("DELETE FROM " + table), kRefused) << table;
    }
    EXPECT_EQ(as_worker.failure("SELECT nextval('run_ids')"), kRefused);
    EXPECT_EQ(as_worker.failure("CREATE TABLE mine (id integer)"), kRefused);
    EXPECT_EQ(as_worker.failure("CREATE TEMPORARY TABLE mine (id integer)"), kRefused);
}

TEST_F(RightsTest, TheWorkerMayCallItsRoutinesAndNoOther) {
    auto allowed = sql.column(
        "SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace "
        "AND has_function_privilege('stoker_worker', p.oid, 'EXECUTE') ORDER BY 1");
    EXPECT_EQ(allowed, (std::vector<std::string>{"add_cluster_event",
                                                 "add_live_outputs",
                                                 "answer_spark_page",
                                                 "begin_task_runs",
                                                 "begin_workflow_run",
                                                 "claim_task_runs",
                                                 "cluster_failed",
                                                 "cluster_is_down",
                                                 "cluster_waits",
                                                 "clusters_to_serve",
                                                 "finish_task_runs",
                                                 "get_task_value",
                                                 "git_access",
                                                 "heartbeat",
                                                 "init_script_failed",
                                                 "libraries_are",
                                                 "libraries_are_installed",
                                                 "libraries_failed",
                                                 "logs_were_delivered",
                                                 "pin_git_commit",
                                                 "pool_instance_is_gone",
                                                 "pool_instance_is_ready",
                                                 "pools_to_keep",
                                                 "read_library_file",
                                                 "register_node",
                                                 "register_pool_instance",
                                                 "register_worker",
                                                 "release_task_runs",
                                                 "rescue_worker",
                                                 "set_cluster_message",
                                                 "set_task_value",
                                                 "spark_master_is_at",
                                                 "spark_master_of",
                                                 "take_pool_place",
                                                 "take_spark_pages",
                                                 "turn_down_workers",
                                                 "want_spark_master",
                                                 "worker_is_gone",
                                                 "worker_is_ready"}));
    EXPECT_EQ(as_worker.failure("SELECT * FROM enqueue_runs('[]')"), kRefused);
    EXPECT_EQ(as_worker.failure("SELECT * FROM cancel_run(1)"), kRefused);
    EXPECT_EQ(as_worker.failure("SELECT * FROM clusters_to_serve('node-1')"), "");
}

TEST_F(RightsTest, RoutinesOfTheWorkerRunAsTheirOwnerWithAFixedSearchPath) {
    EXPECT_EQ(sql.column("SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace "
                         "AND has_function_privilege('stoker_worker', p.oid, 'EXECUTE') "
                         "AND NOT (p.prosecdef AND array_to_string(p.proconfig, ' ') LIKE '%search_path=%')"),
              std::vector<std::string>{});
}

TEST_F(RightsTest, ALibraryFileIsReadForWhoMayReadIt) {
    sql.run(
        "INSERT INTO users (user_name, display_name, is_admin, created_time) VALUES ('root', 'root', true, 1), "
        "('ann', 'ann', false, 1)");
    for (const std::string path : {"/Users/bob/a.whl", "/Shared/a.whl", "/Users/ann/a.whl"})
        sql.run(
            "INSERT INTO workspace_objects (path, parent, object_type, content, creator_user_name, created_at, "
            "modified_at) VALUES ('" +
            path + "', '/', 'FILE', 'wheel', 'bob', 1, 1)");
    auto readable = [&](const std::string& reader, const std::string& path) {
        return as_worker.one("SELECT read_library_file('" + reader + "', '" + path + "') IS NOT NULL") == "t";
    };
    EXPECT_TRUE(readable("ann", "/Shared/a.whl"));
    EXPECT_TRUE(readable("ann", "/Users/ann/a.whl"));
    EXPECT_FALSE(readable("ann", "/Users/bob/a.whl"));
    EXPECT_FALSE(readable("ann", "/Users/ann/../bob/a.whl"));
    EXPECT_TRUE(readable("root", "/Users/bob/a.whl"));
}

TEST_F(RightsTest, TheServerChangesRowsButNoSchema) {
    EXPECT_EQ(as_server.failure("SELECT * FROM tokens"), "");
    EXPECT_EQ(as_server.failure("DROP TABLE tokens"), kRefused);
    EXPECT_EQ(as_server.failure("CREATE TABLE mine (id integer)"), kRefused);
    EXPECT_EQ(as_server.failure("DELETE FROM schema_migrations"), kRefused);
    EXPECT_EQ(
        sql.one(
            "SELECT bool_or(rolsuper OR rolcreaterole OR rolcreatedb) FROM pg_roles WHERE rolname LIKE 'stoker\\_%'"),
        "f");
}

TEST_F(RightsTest, APasswordIsAskedForAndKeptAsScram) {
    std::string wrong = pg_server().dsn("stoker_worker", "guess", database.name());
    EXPECT_THROW(Sql{wrong}, std::runtime_error);
    EXPECT_EQ(sql.number(
                  "SELECT count(*) FROM pg_authid WHERE rolname LIKE 'stoker%' AND rolpassword LIKE 'SCRAM-SHA-256$%'"),
              3);
}

}  // namespace
}  // namespace stoker::test
