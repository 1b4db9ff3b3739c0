#include <fstream>

#include <gtest/gtest.h>

#include "db/trigger_store.h"
#include "scheduler/job_triggers.h"
#include "tests/support/factories.h"

namespace stoker::scheduler {
namespace {
constexpr EpochMillis kNow = 1'800'000'000'000;  // Friday, 2027-01-15T08:00:00Z
constexpr EpochMillis kMinute = 60'000;

class JobTriggersTest : public test::RunQueueTest {
  protected:
    JobTriggersTest() {
        std::string name = "/tmp/stoker-dbfs-XXXXXX";
        root = mkdtemp(name.data());
    }
    ~JobTriggersTest() override { std::filesystem::remove_all(root); }

    JobId create_with(const std::string& kind, const std::string& definition, EpochMillis next_time = kNow,
                      bool paused = false) {
        db::NewJob made = job();
        made.continuous = kind == "CONTINUOUS";
        const JobId job_id = create(made);
        set(job_id, kind, definition, next_time, paused);
        return job_id;
    }
    void set(JobId job_id, const std::string& kind, const std::string& definition, EpochMillis next_time,
             bool paused = false) {
        server.run_blocking([&](db::Transaction& tx) {
            db::set_trigger(tx, job_id, db::NewTrigger{kind, definition, paused, next_time});
        });
    }
    static std::string cron(const std::string& expression) {
        return R"({"quartz_cron_expression":")" + expression + R"(","timezone_id":"UTC"})";
    }
    /// How many runs a look starts.
    int look(EpochMillis now) {
        JobTriggers service({"a signing key of thirty-two characters", root});
        return server.run_blocking([&](db::Transaction& tx) { return service.run_once(tx, now); }).done;
    }
    /// All looks that a moment brings.
    int looks(EpochMillis now) {
        int runs = 0;
        while (const int begun = look(now)) runs += begun;
        return runs;
    }
    EpochMillis next_time(JobId job_id) {
        const auto text =
            sql.one("SELECT coalesce(next_time, -1) FROM job_triggers WHERE job_id = " + to_string(job_id));
        return std::stoll(text);
    }
    void write(const std::string& path, EpochMillis modified_time) {
        const auto file = root / path;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << "x";
        const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(modified_time)};
        std::filesystem::last_write_time(file, std::chrono::file_clock::from_sys(time));
    }
    std::string newest_run(const std::string& column) {
        return sql.one("SELECT " + column + " FROM runs ORDER BY run_id DESC LIMIT 1");
    }

    std::filesystem::path root;
};

TEST_F(JobTriggersTest, AScheduleFiresAtItsTime) {
    const JobId job_id = create_with("SCHEDULE", cron("0 * * * * ?"), kNow);
    EXPECT_EQ(look(kNow - 1), 0);
    EXPECT_EQ(look(kNow), 1);
    EXPECT_EQ(look(kNow), 0);
    EXPECT_EQ(next_time(job_id), kNow + kMinute);
    EXPECT_EQ(newest_run("trigger"), "PERIODIC");
    EXPECT_EQ(newest_run("trigger_info ->> 'time'"), std::to_string(kNow));
    EXPECT_EQ(newest_run("creator_user_name"), test::kUser);
    EXPECT_EQ(claim_one().job_id, job_id);
}

TEST_F(JobTriggersTest, ATriggerThatCannotBeFiredIsPutOffAndKeepsNoOtherFromIt) {
    const JobId broken = create_with("PERIODIC", R"({"interval":"five","unit":"HOURS"})");
    const JobId sound = create_with("SCHEDULE", cron("0 * * * * ?"));
    EXPECT_EQ(look(kNow), 1);
    EXPECT_EQ(newest_run("job_id"), to_string(sound));
    EXPECT_EQ(next_time(broken), kNow + kMinute);
    EXPECT_EQ(next_time(sound), kNow + kMinute);
}

TEST_F(JobTriggersTest, ATriggerThatIsPausedDoesNotFire) {
    create_with("SCHEDULE", cron("0 * * * * ?"), kNow, true);
    EXPECT_EQ(look(kNow + kMinute), 0);
}

TEST_F(JobTriggersTest, TheParametersOfTheJobAreThoseOfTheRun) {
    db::NewJob made = job();
    made.settings = R"({"name":"j","parameters":[{"name":"day","default":"today"}]})";
    set(create(made), "SCHEDULE", cron("0 * * * * ?"), kNow);
    EXPECT_EQ(look(kNow), 1);
    EXPECT_EQ(newest_run("job_parameters -> 0 ->> 'value'"), "today");
}

TEST_F(JobTriggersTest, WhatANewLeaderFindsMissedIsMadeUpForOnce) {
    const JobId job_id = create_with("SCHEDULE", cron("0/20 * * * * ?"), kNow);
    EXPECT_EQ(looks(kNow + 50'000), 3);  // at 0, 20 and 40 s
    EXPECT_EQ(next_time(job_id), kNow + kMinute);
    // After an hour: one for all older ones, those of the last minute, and that of now.
    EXPECT_EQ(looks(kNow + 60 * kMinute), 1 + 3 + 1);
    EXPECT_EQ(next_time(job_id), kNow + 60 * kMinute + 20'000);
}

TEST_F(JobTriggersTest, ALeaderThatDiesBeforeItsCommitHasStartedNothing) {
    const JobId job_id = create_with("SCHEDULE", cron("0 * * * * ?"), kNow);
    JobTriggers service({"a signing key of thirty-two characters", root});
    auto die = [&](db::Transaction& tx) -> int {
        EXPECT_EQ(service.run_once(tx, kNow).done, 1);
        throw std::runtime_error("dead");
    };
    EXPECT_THROW(server.run_blocking(die), std::runtime_error);
    EXPECT_EQ(next_time(job_id), kNow);
    EXPECT_EQ(looks(kNow), 1);
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs"), 1);
}

TEST_F(JobTriggersTest, NothingFiresMoreOftenThanEveryTenSeconds) {
    const JobId job_id = create_with("SCHEDULE", cron("* * * * * ?"), kNow);
    EXPECT_EQ(looks(kNow + 5'000), 1);
    EXPECT_EQ(next_time(job_id), kNow + 10'000);
}

TEST_F(JobTriggersTest, AScheduleThatIsOverStaysQuiet) {
    const JobId job_id = create_with("SCHEDULE", cron("0 0 8 15 1 ? 2027"), kNow);
    EXPECT_EQ(look(kNow), 1);
    EXPECT_EQ(next_time(job_id), -1);
    EXPECT_EQ(look(kNow + 1000 * kMinute), 0);
}

TEST_F(JobTriggersTest, APeriodicTriggerKeepsItsPace) {
    const JobId job_id = create_with("PERIODIC", R"({"interval":1,"unit":"HOURS"})", kNow);
    EXPECT_EQ(looks(kNow + 1'234), 1);
    EXPECT_EQ(next_time(job_id), kNow + 60 * kMinute);
    EXPECT_EQ(looks(kNow + 60 * kMinute * 5 + 2 * kMinute), 1);
    EXPECT_EQ(next_time(job_id), kNow + 60 * kMinute * 6);
}

TEST_F(JobTriggersTest, OneChangedKeepsItsTimeUnlessItIsAnother) {
    const JobId job_id = create_with("PERIODIC", R"({"interval":1,"unit":"HOURS"})", kNow);
    set(job_id, "PERIODIC", R"({"interval":1,"unit":"HOURS"})", kNow + 5);
    EXPECT_EQ(next_time(job_id), kNow);
    set(job_id, "PERIODIC", R"({"interval":2,"unit":"HOURS"})", kNow + 5);
    EXPECT_EQ(next_time(job_id), kNow + 5);
}

TEST_F(JobTriggersTest, AFullJobSkipsAFireUnlessItQueues) {
    const JobId job_id = create_with("SCHEDULE", cron("0 * * * * ?"), kNow);
    sql.run("UPDATE jobs SET max_concurrent_runs = 1 WHERE job_id = " + to_string(job_id));
    EXPECT_EQ(look(kNow), 1);
    EXPECT_EQ(look(kNow + kMinute), 1);
    EXPECT_EQ(newest_run("life_cycle_state"), "SKIPPED");
    sql.run("UPDATE jobs SET queue_enabled = true WHERE job_id = " + to_string(job_id));
    EXPECT_EQ(look(kNow + 2 * kMinute), 1);
    EXPECT_EQ(newest_run("life_cycle_state"), "QUEUED");
}

TEST_F(JobTriggersTest, ADeletedJobsTriggerIsGone) {
    const JobId job_id = create_with("SCHEDULE", cron("0 * * * * ?"), kNow);
    sql.run("UPDATE jobs SET deleted = true WHERE job_id = " + to_string(job_id));
    EXPECT_EQ(look(kNow), 0);
    EXPECT_EQ(sql.number("SELECT count(*) FROM job_triggers"), 0);
}

TEST_F(JobTriggersTest, AFileArrivesOnce) {
    write("in/old.csv", kNow - 1);
    const JobId job_id = create_with("FILE_ARRIVAL", R"({"url":"dbfs:/in/"})", kNow);
    EXPECT_EQ(look(kNow + 1), 0);
    write("in/deep/new.csv", kNow + 2);
    EXPECT_EQ(look(kNow + 10'001), 1);
    EXPECT_EQ(newest_run("trigger"), "FILE_ARRIVAL");
    EXPECT_EQ(newest_run("trigger_info #>> '{file_arrival,location}'"), "dbfs:/in/");
    write("in/deep/new.csv", kNow + 11'000);  // replaced
    EXPECT_EQ(look(kNow + 20'001), 0);
    std::filesystem::remove(root / "in/deep/new.csv");
    EXPECT_EQ(look(kNow + 30'001), 0);
    write("in/deep/new.csv", kNow + 31'000);  // another of the name
    finish(success(claim_one()));
    EXPECT_EQ(look(kNow + 40'001), 1);
    EXPECT_EQ(claim_one().job_id, job_id);
}

TEST_F(JobTriggersTest, WhatIsStillBeingReceivedHasNotArrived) {
    create_with("FILE_ARRIVAL", R"({"url":"dbfs:/"})", kNow);
    EXPECT_EQ(look(kNow + 1), 0);
    write(".stoker-unfinished/ab12", kNow + 2);
    EXPECT_EQ(look(kNow + 10'001), 0);
    std::filesystem::rename(root / ".stoker-unfinished/ab12", root / "new.csv");
    EXPECT_EQ(look(kNow + 20'001), 1);
}

TEST_F(JobTriggersTest, AFileThatCameBeforeTheFirstLookIsNotMissed) {
    create_with("FILE_ARRIVAL", R"({"url":"/Volumes/main/default/in"})", kNow);
    write("Volumes/main/default/in/a", kNow + 1);
    EXPECT_EQ(look(kNow + 500), 1);
}

TEST_F(JobTriggersTest, AFolderThatComesLaterIsWatched) {
    create_with("FILE_ARRIVAL", R"({"url":"dbfs:/later"})", kNow);
    EXPECT_EQ(look(kNow), 0);
    write("later/a", kNow + 1);
    EXPECT_EQ(look(kNow + 10'000), 1);
}

TEST_F(JobTriggersTest, FilesThatComeTogetherSetOffOneRun) {
    create_with("FILE_ARRIVAL",
                R"({"url":"dbfs:/in","wait_after_last_change_seconds":60,"min_time_between_triggers_seconds":600})",
                kNow);
    EXPECT_EQ(look(kNow), 0);
    write("in/a", kNow + 1);
    EXPECT_EQ(look(kNow + 10'000), 0);
    write("in/b", kNow + 10'001);
    EXPECT_EQ(look(kNow + 20'000), 0);
    EXPECT_EQ(look(kNow + 79'999), 0);
    EXPECT_EQ(look(kNow + 89'999), 1);
    finish(success(claim_one()));
    write("in/c", kNow + 100'000);
    EXPECT_EQ(look(kNow + 100'000), 0);
    EXPECT_EQ(look(kNow + 200'000), 0);
    EXPECT_EQ(look(kNow + 689'999), 1);
}

TEST_F(JobTriggersTest, NothingOutsideTheRootIsWatched) {
    write("in/a", kNow - 1);
    std::filesystem::create_directory_symlink("/etc", root / "link");
    for (const char* url : {"dbfs:/../", "dbfs:/in/../../", "dbfs:/link/", "/dbfs/link"})
        create_with("FILE_ARRIVAL", R"({"url":")" + std::string(url) + R"("})", 0);
    EXPECT_EQ(looks(kNow), 0);
}

TEST_F(JobTriggersTest, AContinuousJobStartsAgainWhenItEnds) {
    const JobId job_id = create_with("CONTINUOUS", "{}", kNow);
    EXPECT_EQ(look(kNow), 1);
    EXPECT_EQ(newest_run("trigger"), "CONTINUOUS");
    EXPECT_EQ(next_time(job_id), -1);
    finish(success(claim_one()));
    const EpochMillis ended = std::stoll(newest_run("end_time")), began = std::stoll(newest_run("start_time"));
    EXPECT_EQ(next_time(job_id), ended);
    EXPECT_EQ(look(ended), 0);  // the pace
    EXPECT_EQ(next_time(job_id), began + 10'000);
    EXPECT_EQ(look(began + 10'000), 1);
}

TEST_F(JobTriggersTest, AContinuousJobThatFailsWaitsLongerEachTime) {
    const JobId job_id = create_with("CONTINUOUS", "{}", kNow);
    EpochMillis now = kNow;
    for (const int pause : {10, 20, 40}) {
        EXPECT_EQ(look(now), 1);
        finish(failure(claim_one()));
        sql.run("UPDATE runs SET start_time = " + std::to_string(now) + ", end_time = " + std::to_string(now + 60'000) +
                " WHERE run_id = " + newest_run("run_id"));
        sql.run("UPDATE job_triggers SET next_time = " + std::to_string(now + 60'000));
        EXPECT_EQ(look(now + 60'000), 0);
        now = next_time(job_id);
        EXPECT_EQ(now, std::stoll(newest_run("end_time")) + pause * 1000) << pause;
    }
    EXPECT_EQ(look(now), 1);
    const auto claimed = claim_one();
    cancel(claimed.job_run_id);
    EXPECT_EQ(next_time(job_id), -1);  // it is still ending
}

TEST_F(JobTriggersTest, AContinuousJobThatIsCancelledStartsAgain) {
    const JobId job_id = create_with("CONTINUOUS", "{}", kNow);
    EXPECT_EQ(look(kNow), 1);
    cancel(RunId{std::stoll(newest_run("run_id"))});
    EXPECT_EQ(newest_run("result_state"), "CANCELED");
    EXPECT_EQ(look(next_time(job_id) + 10'000), 1);
}

TEST_F(JobTriggersTest, ManyAtOnceAreSetOffInOneBatch) {
    for (int i = 0; i < 150; ++i) create_with("SCHEDULE", cron("0 0 * * * ?"), kNow - i);
    EXPECT_EQ(look(kNow), 100);
    EXPECT_EQ(look(kNow), 50);
    EXPECT_EQ(sql.number("SELECT count(DISTINCT job_id) FROM runs"), 150);
}
}  // namespace
}  // namespace stoker::scheduler
