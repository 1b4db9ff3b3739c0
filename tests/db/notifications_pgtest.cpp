#include <thread>

#include <gtest/gtest.h>

#include "tests/db/notifications_fixture.h"

namespace stoker::test {
namespace {
TEST_F(NotificationsTest, EveryRecipientOfAnEventHasARow) {
    RunId run_id = start(create(telling_job(
        R"("email_notifications":{"on_success":["a@b.c","d@e.f"],"on_failure":["no@no.no"]},
           "webhook_notifications":{"on_success":[{"id":"hook"},{"id":"list"},{"id":"gone"}]})")));
    finish(success(claim_one()));
    tell("tell_of_ended_runs", {run_id});
    EXPECT_EQ(told(), (Rows{"on_success a@b.c", "on_success d@e.f", "on_success gone", "on_success hook",
                            "on_success list w@y.z", "on_success list x@y.z"}));
}

TEST_F(NotificationsTest, ARunBeginsWithTheFirstOfItsTasksAndEachTaskWithItself) {
    const std::string fields = R"("email_notifications":{"on_start":["a@b.c"]})";
    start(create(telling_job(fields, {telling("one", fields), task("two")})));
    const auto claimed = claim();
    ASSERT_EQ(claimed.size(), 2u);
    tell("tell_of_started", {claimed[1].run_id});
    EXPECT_EQ(sql.one("SELECT count(*) FROM notifications WHERE task_run_id IS NULL"), "1");
    tell("tell_of_started", {claimed[0].run_id});
    tell("tell_of_started", {claimed[0].run_id, claimed[1].run_id});
    EXPECT_EQ(told(), (Rows{"on_start a@b.c", "on_start one 0 a@b.c"}));
}

TEST_F(NotificationsTest, ManyWhoBeginTasksOfOneRunTellOfItOnce) {
    std::vector<db::JobTask> tasks;
    for (int i = 0; i < 40; ++i) tasks.push_back(task("t" + std::to_string(i)));
    const JobId job_id = create(telling_job(
        R"("email_notifications":{"on_start":["a@b.c"]},"webhook_notifications":{"on_start":[{"id":"hook"}]})", tasks));
    start(job_id);
    start(job_id);
    const auto claimed = claim();
    ASSERT_EQ(claimed.size(), 80u);
    std::vector<std::jthread> threads;
    for (std::size_t first = 0; first < 4; ++first)
        threads.emplace_back([&, first] {
            Sql mine(database.owner_dsn());
            for (std::size_t i = first; i + 4 < claimed.size(); i += 4)
                tell(mine, "tell_of_started", {claimed[i].run_id, claimed[claimed.size() - 1 - i].run_id});
        });
    threads.clear();
    EXPECT_EQ(told(), (Rows{"on_start a@b.c", "on_start a@b.c", "on_start hook", "on_start hook"}));
}

TEST_F(NotificationsTest, EveryTryIsToldOfUnlessOnlyTheLastIsWanted) {
    const std::string events = R"("email_notifications":{"on_start":["a@b.c"],"on_failure":["a@b.c"]})";
    auto all = telling("all", events);
    auto last = telling("last", events + R"(,"notification_settings":{"alert_on_last_attempt":true})");
    all.max_retries = last.max_retries = 1;
    start(create(job({all, last})));
    for (int i = 0; i < 4; ++i) {
        auto claimed = claim_one();
        tell("tell_of_started", {claimed.run_id});
        finish(failure(claimed));
        tell("tell_of_ended_task_runs", {claimed.run_id});
    }
    EXPECT_EQ(told(), (Rows{"on_failure all 0 a@b.c", "on_failure all 1 a@b.c", "on_failure last 1 a@b.c",
                            "on_start all 0 a@b.c", "on_start all 1 a@b.c", "on_start last 0 a@b.c"}));
}

struct End {
    const char* life_cycle_state;
    const char* result_state;
    const char* muting;  // settings
    const char* event;   // "" = none
};
const char* const kNoMuting = R"("health":{})";
const char* const kNoSkipped = R"("notification_settings":{"no_alert_for_skipped_runs":true})";
const char* const kNoCanceled = R"("notification_settings":{"no_alert_for_canceled_runs":true})";

class EndsTest : public NotificationsTest {
  protected:
    const std::string events =
        R"("webhook_notifications":{"on_success":[{"id":"hook"}],"on_failure":[{"id":"hook"}]},)";
    std::string ending(const End& end, const std::string& more = "") {
        return std::string("life_cycle_state = '") + end.life_cycle_state + "', result_state = '" + end.result_state +
               "', end_time = 5" + more;
    }
    /// Of an event that was told, if any.
    std::string event() {
        const auto rows = sql.column("SELECT event FROM notifications");
        sql.run("DELETE FROM notifications");
        return rows.empty() ? "" : rows.size() == 1 ? rows[0] : "several";
    }
};

TEST_F(EndsTest, OfRuns) {
    for (const End& end :
         {End{"TERMINATED", "SUCCESS", kNoMuting, "on_success"},
          End{"TERMINATED", "SUCCESS_WITH_FAILURES", kNoMuting, "on_success"},
          End{"INTERNAL_ERROR", "FAILED", kNoSkipped, "on_failure"},
          End{"TERMINATED", "TIMEDOUT", kNoCanceled, "on_failure"},
          End{"TERMINATED", "CANCELED", kNoSkipped, "on_failure"}, End{"TERMINATED", "CANCELED", kNoCanceled, ""},
          End{"SKIPPED", "MAXIMUM_CONCURRENT_RUNS_REACHED", kNoCanceled, "on_failure"},
          End{"SKIPPED", "MAXIMUM_CONCURRENT_RUNS_REACHED", kNoSkipped, ""}}) {
        RunId run_id = start(create(telling_job(events + end.muting)));
        finish(success(claim_one()));
        sql.run("UPDATE runs SET " + ending(end) + " WHERE run_id = " + to_string(run_id));
        tell("tell_of_ended_runs", {run_id});
        EXPECT_EQ(event(), end.event) << end.result_state << " " << end.muting;
    }
}

TEST_F(EndsTest, OfTaskRuns) {
    for (const End& end :
         {End{"TERMINATED", "SUCCESS", kNoSkipped, "on_success"},
          End{"TERMINATED", "FAILED", kNoCanceled, "on_failure"},
          End{"INTERNAL_ERROR", "FAILED", kNoSkipped, "on_failure"},
          End{"TERMINATED", "TIMEDOUT", kNoCanceled, "on_failure"},
          End{"TERMINATED", "CANCELED", kNoSkipped, "on_failure"}, End{"TERMINATED", "CANCELED", kNoCanceled, ""},
          End{"SKIPPED", "UPSTREAM_FAILED", kNoCanceled, "on_failure"},
          End{"SKIPPED", "UPSTREAM_FAILED", kNoSkipped, ""},
          End{"SKIPPED", "UPSTREAM_CANCELED", kNoMuting, "on_failure"},
          End{"SKIPPED", "UPSTREAM_CANCELED", kNoSkipped, ""}, End{"SKIPPED", "UPSTREAM_CANCELED", kNoCanceled, ""},
          End{"SKIPPED", "EXCLUDED", kNoMuting, ""}, End{"SKIPPED", "DISABLED", kNoMuting, ""}}) {
        start(create(job({telling("only", events + end.muting)})));
        auto claimed = claim_one();
        finish(success(claimed));
        sql.run("UPDATE task_runs SET " + ending(end) + " WHERE run_id = " + to_string(claimed.run_id));
        tell("tell_of_ended_task_runs", {claimed.run_id});
        EXPECT_EQ(event(), end.event) << end.result_state << " " << end.muting;
    }
}

TEST_F(EndsTest, TheOlderFieldForSkippedRunsIsOneOfEmailsAlone) {
    RunId run_id = start(create(
        telling_job(events + R"("email_notifications":{"on_failure":["a@b.c"],"no_alert_for_skipped_runs":true})")));
    finish(success(claim_one()));
    const End skipped{"SKIPPED", "MAXIMUM_CONCURRENT_RUNS_REACHED", "", ""};
    sql.run("UPDATE runs SET " + ending(skipped) + " WHERE run_id = " + to_string(run_id));
    tell("tell_of_ended_runs", {run_id});
    EXPECT_EQ(told(), Rows{"on_failure hook"});
}

TEST_F(EndsTest, WhatStillRunsIsNotTold) {
    RunId run_id = start(create(telling_job(events + kNoMuting, {telling("only", events + kNoMuting)})));
    auto claimed = claim_one();
    tell("tell_of_ended_runs", {run_id});
    tell("tell_of_ended_task_runs", {claimed.run_id});
    EXPECT_EQ(told(), Rows{});
}

TEST_F(NotificationsTest, AFailureSaysWhatWentWrong) {
    const std::string fields = R"("email_notifications":{"on_failure":["a@b.c"]})";
    RunId run_id = start(create(telling_job(fields, {telling("only", fields)})));
    auto claimed = claim_one();
    auto failed = failure(claimed);
    failed.error = "ValueError: no rows";
    finish(failed);
    tell("tell_of_ended_task_runs", {claimed.run_id});
    tell("tell_of_ended_runs", {run_id});
    EXPECT_EQ(sql.column("SELECT concat_ws('|', life_cycle_state, result_state, error) FROM notifications ORDER BY 1"),
              (Rows{"INTERNAL_ERROR|FAILED|ValueError: no rows", "TERMINATED|FAILED|ValueError: no rows"}));
    EXPECT_EQ(sql.one("SELECT state_message FROM notifications WHERE task_run_id IS NULL"), run(run_id).state_message);
}

TEST_F(NotificationsTest, ARepairBeginsAndEndsAnew) {
    RunId run_id = start(create(telling_job(R"("email_notifications":{"on_start":["a@b.c"],"on_failure":["a@b.c"]})")));
    auto claimed = fail_one();
    for (const char* repair : {"NULL", "101", "102"}) {
        sql.run("UPDATE runs SET repair_id = " + std::string(repair));
        for (int i = 0; i < 2; ++i) {
            tell("tell_of_started", {claimed.run_id});
            tell("tell_of_ended_runs", {run_id});
        }
    }
    EXPECT_EQ(sql.column("SELECT repair_id || event FROM notifications ORDER BY 1"),
              (Rows{"0on_failure", "0on_start", "101on_failure", "101on_start", "102on_failure", "102on_start"}));
}

TEST_F(NotificationsTest, SettingsThatWereNeverCheckedTellNobody) {
    for (
        const char* fields :
        {R"("email_notifications":{"on_start":"a@b.c","on_failure":{"a":1}},"webhook_notifications":{"on_start":[1,"x"]})",
         R"("email_notifications":[],"webhook_notifications":"x","health":{"rules":{"a":1}})",
         R"("email_notifications":{"on_start":[{"a":1}],"on_duration_warning_threshold_exceeded":[1]},
             "health":{"rules":[1,{"metric":"RUN_DURATION_SECONDS","value":"x"},{"metric":"RUN_DURATION_SECONDS"}]})"}) {
        RunId run_id = start(create(telling_job(fields, {telling("only", fields)})));
        auto claimed = claim_one();
        tell("tell_of_started", {claimed.run_id});
        finish(failure(claimed));
        tell("tell_of_ended_task_runs", {claimed.run_id});
        tell("tell_of_ended_runs", {run_id});
        EXPECT_EQ(told(), Rows{}) << fields;
        EXPECT_EQ(warnings(), Rows{}) << fields;
    }
}

const char* const kWarned = R"("email_notifications":{"on_duration_warning_threshold_exceeded":["a@b.c"]},
    "health":{"rules":[{"metric":"RUN_DURATION_SECONDS","op":"GREATER_THAN","value":600},
                       {"metric":"RUN_DURATION_SECONDS","op":"GREATER_THAN","value":60}]})";

TEST_F(NotificationsTest, WhatRunsForTooLongIsToldOnce) {
    start(create(telling_job(kWarned, {telling("only", kWarned)})));
    auto claimed = claim_one();
    sql.run("UPDATE runs SET start_time = 1000, queue_duration = 500");
    sql.run("UPDATE task_runs SET start_time = 2000");
    tell("tell_of_started", {claimed.run_id});
    EXPECT_EQ(warnings(), (Rows{"61500", "62000"}));
    EXPECT_EQ(warn(61'499), 0);
    EXPECT_EQ(told(), Rows{});
    EXPECT_EQ(warn(61'500), 1);
    EXPECT_EQ(told(), Rows{"on_duration_warning_threshold_exceeded a@b.c"});
    EXPECT_EQ(warn(100'000), 1);
    EXPECT_EQ(told(), Rows{"on_duration_warning_threshold_exceeded only 0 a@b.c"});
    tell("tell_of_started", {claimed.run_id});  // as a second claim would
    EXPECT_EQ(warn(100'000), 0);
}

TEST_F(NotificationsTest, WhatIsOverIsNotWarnedOf) {
    start(create(telling_job(kWarned, {telling("only", kWarned)})));
    auto claimed = claim_one();
    tell("tell_of_started", {claimed.run_id});
    finish(success(claimed));
    EXPECT_EQ(warn(INT64_MAX), 2);
    EXPECT_EQ(told(), Rows{});
    EXPECT_EQ(warn(INT64_MAX), 0);
}

TEST_F(NotificationsTest, AWarningNeedsARuleAndSomebodyToWarn) {
    start(
        create(telling_job(R"("email_notifications":{"on_duration_warning_threshold_exceeded":["a@b.c"]})",
                           {telling("only", R"("health":{"rules":[{"metric":"RUN_DURATION_SECONDS","value":1}]})")})));
    tell("tell_of_started", {claim_one().run_id});
    EXPECT_EQ(warnings(), Rows{});
}

TEST_F(NotificationsTest, AClaimThatIsGivenBackMovesItsWarning) {
    start(create(job({telling("only", kWarned)})));
    auto claimed = claim_one();
    sql.run("UPDATE task_runs SET start_time = 1000");
    tell("tell_of_started", {claimed.run_id});
    sql.run("UPDATE task_runs SET start_time = 5000");
    tell("tell_of_started", {claimed.run_id});
    EXPECT_EQ(warnings(), Rows{"65000"});
}

TEST_F(NotificationsTest, ARepairIsWarnedOfFromItsOwnBeginning) {
    start(create(telling_job(kWarned)));
    auto claimed = claim_one();
    sql.run("UPDATE runs SET start_time = 1000");
    tell("tell_of_started", {claimed.run_id});
    sql.run("UPDATE runs SET repair_id = 101, repaired_time = 50000");
    tell("tell_of_started", {claimed.run_id});
    EXPECT_EQ(warnings(), (Rows{"61000", "110000"}));
    EXPECT_EQ(warn(100'000), 1);
    EXPECT_EQ(told(), Rows{}) << "the warning of the original run";
    warn(110'000);
    EXPECT_EQ(told(), Rows{"on_duration_warning_threshold_exceeded a@b.c"});
}

}  // namespace
}  // namespace stoker::test
