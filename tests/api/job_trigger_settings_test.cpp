#include "tests/api/job_body.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

TEST(JobTriggerSettings, EveryRefusalOfATriggerNamesItsField) {
    const Json schedule{{"quartz_cron_expression", "0 0 8 * * ?"}, {"timezone_id", "Europe/Berlin"}};
    Json bad_cron = schedule, bad_zone = schedule, past = schedule;
    bad_cron["quartz_cron_expression"] = "0 0 25 * * ?";
    bad_zone["timezone_id"] = "Mars/Base";
    past["quartz_cron_expression"] = "0 0 0 1 1 ? 2001";
    const Row rows[] = {
        {"/schedule", schedule, ""},
        {"/schedule", {{"timezone_id", "UTC"}}, "schedule.quartz_cron_expression: the field is required"},
        {"/schedule", {{"quartz_cron_expression", "0 0 8 * * ?"}}, "schedule.timezone_id: the field is required"},
        {"/schedule", bad_cron, "schedule.quartz_cron_expression: "},
        {"/schedule", bad_zone, "schedule.timezone_id: "},
        {"/schedule", past, "schedule.quartz_cron_expression: never fires again."},
        {"/trigger", {{"pause_status", "PAUSED"}}, "trigger.periodic: the field is required"},
        {"/trigger", {{"pause_status", "AWAY"}}, "trigger.pause_status: expected"},
        {"/trigger", {{"periodic", {{"interval", 0}, {"unit", "DAYS"}}}}, "trigger.periodic.interval: "},
        {"/trigger", {{"periodic", {{"interval", 1}, {"unit", "YEARS"}}}}, "trigger.periodic.unit: expected"},
        {"/trigger", {{"periodic", {{"interval", 1}, {"unit", "DAYS"}}}}, ""},
        {"/trigger", {{"file_arrival", {{"url", "s3://b/p"}}}}, "trigger.file_arrival.url: expected a folder of DBFS"},
        {"/trigger",
         {{"file_arrival", {{"url", "dbfs:/in/"}, {"min_time_between_triggers_seconds", 59}}}},
         "trigger.file_arrival.min_time_between_triggers_seconds: "},
        {"/trigger", {{"table_update", {{"table_names", {"t"}}}}}, "trigger.table_update: "},
        {"/continuous", {{"pause_status", "PAUSED"}}, ""},
        {"/continuous", {{"task_retry_mode", "ALWAYS"}}, "continuous.task_retry_mode: expected"},
    };
    expect_rows(job(), rows);
    Json both = job();
    both["schedule"] = schedule;
    EXPECT_EQ(refusal(both, "/continuous", {{"pause_status", "PAUSED"}}),
              "continuous: cannot be combined with schedule.");
    Json many = job();
    many["max_concurrent_runs"] = 2;
    EXPECT_EQ(refusal(many, "/continuous", {{"pause_status", "PAUSED"}}),
              "max_concurrent_runs: a continuous job has one run at a time.");
}

TEST(JobTriggerSettings, TriggersKnowWhenTheyFireFirst) {
    Json body = job();
    body["schedule"] = {{"quartz_cron_expression", "0 0 0 * * ?"}, {"timezone_id", "UTC"}};
    const auto schedule = parsed(body).trigger;
    ASSERT_TRUE(schedule);
    EXPECT_EQ(schedule->kind, "SCHEDULE");
    EXPECT_EQ(schedule->next_time, 1'700'006'400'000);  // 2023-11-15T00:00Z
    body.erase("schedule");
    body["trigger"] = {{"pause_status", "PAUSED"}, {"periodic", {{"interval", 2}, {"unit", "HOURS"}}}};
    const auto periodic = parsed(body).trigger;
    ASSERT_TRUE(periodic);
    EXPECT_TRUE(periodic->paused);
    EXPECT_EQ(periodic->next_time, kNow + 7'200'000);
    body.erase("trigger");
    body["continuous"] = {{"pause_status", "UNPAUSED"}};
    EXPECT_TRUE(parsed(body).job.continuous);
    EXPECT_EQ(parsed(body).job.tasks[0].max_retries, 0);
    body["continuous"]["task_retry_mode"] = "ON_FAILURE";
    EXPECT_EQ(parsed(body).job.tasks[0].max_retries, 3);
}
}  // namespace
}  // namespace stoker::api
