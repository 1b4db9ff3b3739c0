#pragma once
#include <string>
#include <vector>

#include "db/notification_store.h"
#include "tests/support/factories.h"

namespace stoker::test {

using Rows = std::vector<std::string>;

/// What is written of runs and tasks, by the routines that the ends and starts of runs call.
class NotificationsTest : public RunQueueTest {
  protected:
    NotificationsTest() {
        sql.run(
            "INSERT INTO notification_destinations (destination_id, display_name, destination_type, addresses, "
            "creator_user_name, created_time) VALUES ('hook', 'h', 'WEBHOOK', '{}', 'ann', 1), "
            "('list', 'l', 'EMAIL', '{x@y.z,w@y.z}', 'ann', 1)");
    }
    static db::JobTask telling(const std::string& key, const std::string& fields) {
        db::JobTask made = task(key);
        made.definition.insert(made.definition.size() - 1, "," + fields);
        return made;
    }
    db::NewJob telling_job(const std::string& fields, std::vector<db::JobTask> tasks = {task("only")}) {
        db::NewJob made = job(std::move(tasks));
        made.settings = R"({"name":"job",)" + fields + "}";
        return made;
    }
    void tell(const std::string& routine, const std::vector<RunId>& ids) { tell(sql, routine, ids); }
    static void tell(Sql& on, const std::string& routine, const std::vector<RunId>& ids) {
        std::string list;
        for (RunId id : ids) list += (list.empty() ? "" : ",") + to_string(id);
        on.run("SELECT " + routine + "(ARRAY[" + list + "]::bigint[])");
    }
    /// "on_start only ann@example.com": event, task of a task run, recipient; in order, those since the last call.
    Rows told() {
        auto rows = sql.column(
            "SELECT concat_ws(' ', n.event, t.task_key, t.attempt_number, n.destination_id, n.address) FROM "
            "notifications n LEFT JOIN task_runs t ON t.run_id = n.task_run_id WHERE n.notification_id > " +
            std::to_string(seen_) + " ORDER BY 1");
        seen_ = sql.number("SELECT coalesce(max(notification_id), 0) FROM notifications");
        return rows;
    }
    db::ClaimedTaskRun fail_one() {
        auto claimed = claim_one();
        finish(failure(claimed));
        return claimed;
    }
    int warn(EpochMillis at) {
        return server.run_blocking([&](db::Transaction& tx) { return db::tell_of_long_runs(tx, at, 10); });
    }
    Rows warnings() { return sql.column("SELECT due_time FROM duration_warnings ORDER BY run_id, repair_id"); }

  private:
    std::int64_t seen_ = 0;
};

}  // namespace stoker::test
