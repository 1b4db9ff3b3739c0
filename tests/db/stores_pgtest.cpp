#include <gtest/gtest.h>

#include "db/principal_store.h"
#include "db/workspace_store.h"
#include "tests/support/factories.h"

namespace stoker::test {
namespace {
class StoresTest : public RunQueueTest {
  protected:
    template <class Body>
    auto run_in(Body body) {
        return server.run_blocking(body);
    }
};

TEST_F(StoresTest, TokensAreFoundByValueAndStoredHashed) {
    run_in([](db::Transaction& tx) {
        db::ensure_user(tx, kUser, true, 1);
        EXPECT_TRUE(db::ensure_user(tx, kUser, false, 2).is_admin);
        auto created = db::create_token(tx, {kUser, "laptop", 1000}, 1);
        EXPECT_EQ(db::find_user_by_token(tx, created.token_value, 999)->user_name, kUser);
        EXPECT_FALSE(db::find_user_by_token(tx, created.token_value, 1000));
        EXPECT_FALSE(db::find_user_by_token(tx, "dapi0", 1));
        EXPECT_EQ(db::list_tokens(tx).at(0).comment, "laptop");
        EXPECT_TRUE(db::find_object(tx, "/Users/" + std::string(kUser)));
        EXPECT_TRUE(db::delete_token(tx, created.token_id));
        EXPECT_FALSE(db::delete_token(tx, created.token_id));
    });
    EXPECT_EQ(sql.number("SELECT count(*) FROM information_schema.columns WHERE table_name = 'tokens' AND column_name "
                         "LIKE '%value%'"),
              0);
}

TEST_F(StoresTest, WorkspaceObjectsKeepTheirIdAndBytes) {
    run_in([](db::Transaction& tx) {
        EXPECT_TRUE(db::make_directories(tx, "/a/b", kUser, 1));
        db::WorkspaceObject file;
        file.path = "/a/b/file";
        file.object_type = "FILE";
        file.creator_user_name = kUser;
        std::string bytes("\0\xFF binary", 9);
        ObjectId first = db::put_object(tx, file, "old");
        EXPECT_EQ(db::put_object(tx, file, bytes), first);
        EXPECT_EQ(db::read_content(tx, first), bytes);
        EXPECT_EQ(db::find_object(tx, "/a/b/file")->size, 9);
        EXPECT_FALSE(db::make_directories(tx, "/a/b/file/c", kUser, 1));
        EXPECT_EQ(db::list_objects(tx, "/a").size(), 1u);
        EXPECT_EQ(db::list_objects(tx, "/").at(0).path, "/a");
        EXPECT_TRUE(db::has_children(tx, "/a"));
        db::delete_tree(tx, "/a");
        EXPECT_FALSE(db::find_object(tx, "/a/b/file"));
        EXPECT_FALSE(db::has_children(tx, "/"));
    });
}

TEST_F(StoresTest, ASubmittedRunIsListedOnceForEachWhoMaySeeIt) {
    auto submitted = job();
    submitted.kind = "SUBMIT";
    auto asked = request(create(submitted));
    asked.run_type = "SUBMIT_RUN";
    const RunId run_id = enqueue(asked).run_id;
    sql.run(
        "INSERT INTO permissions SELECT 'jobs', job_id, 'user_name', u, 'CAN_VIEW' FROM jobs, "
        "unnest(ARRAY['ann@example.com', 'bob@example.com']) u");
    for (const auto& [user, listed] :
         {std::pair{kUser, 1u}, std::pair{"bob@example.com", 1u}, std::pair{"eve@example.com", 0u}}) {
        for (const bool active_only : {false, true}) {
            db::RunFilter filter;
            filter.visible_to = user;
            filter.active_only = active_only;
            EXPECT_EQ(run_in([&](db::Transaction& tx) { return db::list_runs(tx, filter); }).size(), listed) << user;
        }
    }
    cancel(run_id);
}

TEST_F(StoresTest, JobsAreListedNewestFirstInPages) {
    std::vector<JobId> ids;
    for (int i = 0; i < 5; ++i) ids.push_back(create(job()));
    auto hidden = job();
    hidden.kind = "SUBMIT";
    create(hidden);
    run_in([&](db::Transaction& tx) {
        db::JobFilter filter;
        filter.limit = 2;
        auto page = db::list_jobs(tx, filter, db::Tasks::kIncluded);
        ASSERT_EQ(page.size(), 2u);
        EXPECT_EQ(page[0].job_id, ids[4]);
        filter.before = {page[1].created_time, page[1].job_id};
        EXPECT_EQ(db::list_jobs(tx, filter, db::Tasks::kIncluded).at(0).job_id, ids[2]);
        filter.before.reset();
        filter.name = "JOB";
        filter.limit = 100;
        EXPECT_EQ(db::list_jobs(tx, filter, db::Tasks::kIncluded).size(), 5u);
        filter.visible_to = "bob@example.com";
        EXPECT_TRUE(db::list_jobs(tx, filter, db::Tasks::kIncluded).empty());
        EXPECT_EQ(
            db::find_job(tx, ids[0])->settings,
            R"({"name": "job", "tasks": [{"task_key": "only", "notebook_task": {"notebook_path": "/Workspace/Shared/notebook"}}]})");
        EXPECT_TRUE(db::delete_job(tx, ids[0]));
        EXPECT_FALSE(db::delete_job(tx, ids[0]));
        EXPECT_FALSE(db::find_job(tx, ids[0]));
    });
}

TEST_F(StoresTest, RunsAreListedByWhatIsAsked) {
    JobId job_id = create(job({task("a"), task("b")}));
    RunId done = start(job_id), active = start(job_id);
    for (auto& claimed : claim(2)) finish(success(claimed));
    run_in([&](db::Transaction& tx) {
        db::RunFilter filter;
        filter.job_id = job_id;
        EXPECT_EQ(db::list_runs(tx, filter).size(), 2u);
        filter.active_only = true;
        EXPECT_EQ(db::list_runs(tx, filter).at(0).run_id, active);
        filter.active_only = false;
        filter.completed_only = true;
        filter.with_tasks = true;
        auto completed = db::list_runs(tx, filter);
        ASSERT_EQ(completed.size(), 1u);
        EXPECT_EQ(completed[0].run_id, done);
        EXPECT_EQ(completed[0].tasks.size(), 2u);
        filter.run_type = "SUBMIT_RUN";
        EXPECT_TRUE(db::list_runs(tx, filter).empty());
        db::RunFilter second_page;
        auto first = db::list_runs(tx, second_page).at(0);
        second_page.before = {first.start_time, first.run_id};
        EXPECT_EQ(db::list_runs(tx, second_page).at(0).run_id, done);
        auto found = db::find_run(tx, completed[0].tasks[1].run_id);
        EXPECT_EQ(found->run.run_id, done);
        EXPECT_EQ(found->named_task, completed[0].tasks[1].run_id);
        EXPECT_EQ(found->run.tasks.size(), 1u);
        EXPECT_FALSE(db::find_run(tx, RunId{1}));
    });
}

}  // namespace
}  // namespace stoker::test
