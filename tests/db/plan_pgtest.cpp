#include <map>

#include <gtest/gtest.h>

#include "db/query_catalog.h"
#include "tests/support/factories.h"

namespace stoker::test {
namespace {
constexpr int kBatch = 8;

/// The steps of a run's way through the database, in one session, which keeps the plans it once made.
class PlanTest : public RunQueueTest {
  protected:
    using EntriesRead = std::map<std::string, std::int64_t>;  // by step

    /// Runs on their way from run-now to the poll; the most that each step read of tables and indexes.
    EntriesRead pass_runs(int count = kBatch) {
        EntriesRead read;
        auto step = [&](const std::string& name, const std::string& statement) {
            const auto before = entries_read();
            session_.run(statement);
            read[name] = std::max(read[name], entries_read() - before);
        };
        step("enqueue", "SELECT * FROM enqueue_runs(" + requests(count) + ")");
        const std::string runs = session_.one("SELECT quote_literal(array_agg(run_id)) FROM runs WHERE end_time = 0");
        step("sweep", "SELECT clusters_with_ready_work()");
        const std::string claim = "SELECT * FROM claim_task_runs('worker-1', 100, 60)";
        while (session_.number("SELECT count(*) FROM task_queue") > 0) {
            step("claim", claim);
            step("release", "SELECT release_task_runs(" + leases() + ")");
            session_.run(claim);
            step("begin", "SELECT begin_task_runs(" + leases() + ")");
            const std::string caller =
                session_.one("SELECT run_id || ', ' || quote_literal(lease_token) FROM task_queue LIMIT 1");
            step("notebook.run", "SELECT begin_workflow_run(" + caller + ", '/n', '{}', 0, 60)");
            step("heartbeat", "SELECT heartbeat('worker-1', " + leases() + ", 60)");
            const std::string texts = session_.one("SELECT quote_literal(array_agg(NULL::text)) FROM task_queue");
            step("finish", "SELECT finish_task_runs(" + successes() + "," + texts + "," + texts + "," + texts + "," +
                               texts + "," + texts + ")");
        }
        step("find_runs", "EXECUTE find_runs(" + runs + ", array_fill(true, ARRAY[" + std::to_string(count) + "]))");
        return read;
    }

    /// None of the steps reads more than a few rows of each table for each run, however many there are.
    static void expect_few(const EntriesRead& read) {
        for (const auto& [step, entries] : read) EXPECT_LT(entries, 60 * kBatch) << step;
    }

    /// As another server's run-now would, a thousand times: this session sees nothing of it but its rows.
    void others_pass_a_thousand() {
        sql.run(
            "CREATE TEMP TABLE many AS SELECT nextval('run_ids') AS run_id, nextval('run_ids') AS task_run_id "
            "FROM generate_series(1, 1000);"
            "INSERT INTO runs (run_id, job_id, job_version, run_name, run_type, creator_user_name, run_as_user_name, "
            "life_cycle_state, result_state, start_time, end_time, task_count, unfinished_tasks) "
            "SELECT run_id, " +
            to_string(job_id_) +
            ", 1, '', 'JOB_RUN', '', '', 'TERMINATED', 'SUCCESS', 1, 1, 1, 0 "
            "FROM many;"
            "INSERT INTO task_runs (run_id, job_run_id, job_id, job_version, position, task_key, "
            "original_attempt_run_id, life_cycle_state, result_state) "
            "SELECT task_run_id, run_id, " +
            to_string(job_id_) +
            ", 1, 0, 'only', task_run_id, 'TERMINATED', 'SUCCESS' "
            "FROM many;"
            "INSERT INTO task_outputs (run_id) SELECT task_run_id FROM many;"
            "INSERT INTO idempotency_tokens SELECT 'ann', run_id::text, run_id FROM many;");
    }

    Sql session_{database.owner_dsn()};
    JobId job_id_ = create(chain_of_two());

  private:
    std::int64_t entries_read() {
        session_.run("SELECT pg_stat_force_next_flush()");
        return session_.number(
            "SELECT (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes) + "
            "(SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname NOT IN ('workers', 'clusters', 'jobs', "
            "'job_tasks', 'nodes'))");
    }

    /// Half of the runs have to wait for a place.
    db::NewJob chain_of_two() const {
        db::NewJob made = job({task("first"), task("second", {"first"})});
        made.max_concurrent_runs = kBatch / 2;
        made.queue_enabled = true;
        return made;
    }

    std::string requests(int count) {
        return session_.one(
            "SELECT quote_literal(jsonb_agg(jsonb_build_object('position', i, 'run_id', nextval('run_ids'), "
            "'job_id', " +
            to_string(job_id_) +
            ", 'creator_user_name', 'ann', 'run_type', 'JOB_RUN', 'trigger', 'ONE_TIME', 'idempotency_token', "
            "gen_random_uuid()))) FROM generate_series(1, " +
            std::to_string(count) + ") i");
    }

    std::string leases() {
        return session_.one(
            "SELECT quote_literal(jsonb_agg(jsonb_build_object('run_id', run_id, 'lease_token', "
            "lease_token, 'begun', false))) FROM task_queue");
    }

    std::string successes() {
        return session_.one(
            "SELECT quote_literal(jsonb_agg(jsonb_build_object('position', 1, 'run_id', run_id, 'lease_token', "
            "lease_token, 'result_state', 'SUCCESS', 'life_cycle_state', 'TERMINATED', 'state_message', '', "
            "'termination_code', 'SUCCESS', 'termination_type', 'SUCCESS', 'truncated', false, 'logs_truncated', "
            "false, "
            "'retryable', false, 'user_cancelled_or_timedout', false, 'counts_against_limit', true, "
            "'setup_duration', 0, 'execution_duration', 0, 'cleanup_duration', 0))) FROM task_queue");
    }

    void SetUp() override {
        session_.run("SET plan_cache_mode = force_generic_plan; PREPARE find_runs AS " +
                     std::string(db::query_text("find_runs")));
    }
};

TEST_F(PlanTest, MadeOnANewInstallationAreRightForABusyOne) {
    session_.run("VACUUM ANALYZE");
    pass_runs();
    others_pass_a_thousand();
    expect_few(pass_runs());
}

TEST_F(PlanTest, MadeAfterARunAreRightForABusyOne) {
    pass_runs(1);
    session_.run("VACUUM ANALYZE");
    pass_runs();
    others_pass_a_thousand();
    expect_few(pass_runs());
}

TEST_F(PlanTest, MadeAfterSomeRunsAreRightForABusyOne) {
    for (int i = 0; i < 8; ++i) pass_runs();
    session_.run("VACUUM ANALYZE");
    pass_runs();
    others_pass_a_thousand();
    expect_few(pass_runs());
}

// As after autovacuum in a quiet moment: the queue is empty, and the snapshot keeps all that went through it.
TEST_F(PlanTest, MadeBesideAnOldSnapshotReadOnlyWhatLives) {
    Sql old(database.owner_dsn());
    old.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM runs");
    sql.run("UPDATE jobs SET max_concurrent_runs = 1000");  // runs that were QUEUED are looked at (ARCHITECTURE.md)
    for (int i = 0; i < 40; ++i) pass_runs();
    // Two jobs at least, and far more rows of their places in the index than there are: a sort then seems as good.
    const std::string places = "ARRAY[" + to_string(job_id_) + ", " + to_string(create(job())) + "]::bigint[]";
    sql.run("DO $$ BEGIN FOR i IN 1 .. 500 LOOP UPDATE job_places SET changes = 64; PERFORM change_places(" + places +
            ", '{0, 0}', '{NULL, NULL}'); END LOOP; END $$");
    sql.run("UPDATE queue_turns SET turn = 1000, next_turn = 1000, next_at = now() + interval '1 hour'");
    session_.run("VACUUM ANALYZE");
    auto read = pass_runs();
    read.erase("sweep");  // looks at all that lies behind the turn
    expect_few(read);
}

TEST_F(PlanTest, MadeBeforeAnyAnalyzeAreRightForABusyOne) {
    pass_runs();
    others_pass_a_thousand();
    expect_few(pass_runs());
}
}  // namespace
}  // namespace stoker::test
