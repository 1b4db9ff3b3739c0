#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/support/factories.h"
#include "workers/finisher.h"

namespace stoker::test {
namespace {
namespace net = boost::asio;
using db::FinishOutcome;

class FinisherTest : public RunQueueTest {
  protected:
    /// From now on Postgres refuses the first outcomes, as many as `refusals`, with this SQLSTATE; and one whose result
    /// or details are "bad" always, since it is wrong in itself.
    void refuse(int refusals, const std::string& sqlstate) {
        sql.run(
            "CREATE SEQUENCE refusals;"
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "  IF NEW.result = 'bad' OR NEW.details ? 'bad' THEN RAISE 'bad' USING ERRCODE = 'check_violation'; END IF;"
            "  IF nextval('refusals') <= " +
            std::to_string(refusals) + " THEN RAISE 'no' USING ERRCODE = '" + sqlstate +
            "'; END IF; RETURN NEW; END $$;"
            "CREATE TRIGGER refuse BEFORE INSERT ON task_outputs FOR EACH ROW EXECUTE FUNCTION refuse()");
    }

    /// Hands all outcomes to one finisher at once; what it answers for each.
    std::vector<std::optional<FinishOutcome>> finish_all(
        const std::vector<db::TaskRunOutcome>& outcomes, const std::function<bool()>& given_up = [] { return false; }) {
        net::io_context io;
        workers::TaskGroup tasks(io.get_executor());
        workers::Finisher finisher(io.get_executor(), tasks, worker);
        std::vector<std::optional<FinishOutcome>> answers(outcomes.size());
        for (std::size_t i = 0; i < outcomes.size(); ++i)
            tasks.spawn("outcome", finish_one(finisher, outcomes[i], given_up, answers[i]));
        io.run();
        return answers;
    }

    std::vector<db::ClaimedTaskRun> claim_runs(int count) {
        const JobId job_id = create(job());
        for (int i = 0; i < count; ++i) start(job_id);
        return claim(count);
    }

  private:
    static net::awaitable<void> finish_one(workers::Finisher& finisher, db::TaskRunOutcome outcome,
                                           std::function<bool()> given_up, std::optional<FinishOutcome>& answer) {
        answer = co_await finisher.written(
            finisher.finish(std::move(outcome), std::move(given_up), workers::Finisher::Haste::kAtOnce));
    }
};

TEST_F(FinisherTest, OutcomesWaitUntilTheDatabaseCanWriteAgain) {
    const auto claimed = claim_runs(2);
    refuse(3, "53100");
    const auto answers = finish_all({success(claimed[0]), success(claimed[1])});
    EXPECT_EQ(answers, (std::vector<std::optional<FinishOutcome>>(2, FinishOutcome::kFinished)));
    for (const auto& each : claimed) EXPECT_EQ(state(each.job_run_id), "TERMINATED SUCCESS");
    EXPECT_GT(sql.number("SELECT last_value FROM refusals"), 3);
}

TEST_F(FinisherTest, OneThatOffendsEndsWithoutItsOutputOnceTheDatabaseCanWrite) {
    const auto claimed = claim_runs(2);
    auto bad = success(claimed[0]);
    bad.result = "bad";
    refuse(3, "25006");
    finish_all({bad, success(claimed[1])});
    EXPECT_EQ(state(claimed[0].job_run_id), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(state(claimed[1].job_run_id), "TERMINATED SUCCESS");
}

TEST_F(FinisherTest, OneWhoseDetailsOffendEndsWithoutThem) {
    const auto claimed = claim_runs(2);
    auto bad = success(claimed[0]);
    bad.details = R"({"bad":1})";
    refuse(0, "25006");
    finish_all({bad, success(claimed[1])});
    EXPECT_EQ(state(claimed[0].job_run_id), "INTERNAL_ERROR FAILED");
    EXPECT_EQ(state(claimed[1].job_run_id), "TERMINATED SUCCESS");
}

TEST_F(FinisherTest, DetailsLoseWhatTheDatabaseCannotHold) {
    const auto claimed = claim_runs(1);
    auto outcome = success(claimed[0]);
    outcome.details = R"({"rows":[{"a\u0000":"b\u0000"}]})";
    finish_all({outcome});
    EXPECT_EQ(state(claimed[0].job_run_id), "TERMINATED SUCCESS");
    EXPECT_EQ(sql.one("SELECT details FROM task_outputs"), "{\"rows\": [{\"a\xEF\xBF\xBD\": \"b\xEF\xBF\xBD\"}]}");
}

TEST_F(FinisherTest, NothingIsTriedOnceTheLeaseIsGivenUp) {
    const auto claimed = claim_runs(1);
    refuse(1000, "58030");
    int looks = 0;
    const auto answers = finish_all({success(claimed[0])}, [&] { return ++looks > 2; });
    EXPECT_EQ(answers.front(), std::nullopt);
    EXPECT_EQ(sql.number("SELECT last_value FROM refusals"), 2);
    EXPECT_EQ(state(claimed[0].job_run_id), "RUNNING");
}

}  // namespace
}  // namespace stoker::test
