#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/signed_token.h"
#include "db/connection_string.h"
#include "db/errors.h"
#include "db/run_writer.h"
#include "tests/support/factories.h"
#include "tests/support/faulty_connection.h"

namespace stoker::test {
namespace {
namespace net = boost::asio;
using db::EnqueueOutcome;

class RunWriterTest : public RunQueueTest {
  protected:
    struct Answer {
        std::optional<db::EnqueueResult> result;
        std::string failure;
        bool unavailable = false;
    };

    static net::awaitable<void> ask(db::RunWriter& writer, db::EnqueueRequest request, Answer& answer) {
        try {
            answer.result = co_await writer.enqueue(std::move(request));
        } catch (const db::Unavailable& error) {
            answer.unavailable = true;
            answer.failure = error.what();
        } catch (const std::exception& error) {
            answer.failure = error.what();
        }
    }

    std::vector<Answer> ask_all(db::RunWriter& writer, const std::vector<db::EnqueueRequest>& requests) {
        net::io_context io;
        std::vector<Answer> answers(requests.size());
        for (std::size_t i = 0; i < requests.size(); ++i)
            net::co_spawn(io, ask(writer, requests[i], answers[i]), [](std::exception_ptr) {});
        io.run();
        return answers;
    }

    db::RunWriter::Settings settings() const { return {.dsn = database.server_dsn(), .signing_key = "key"}; }

    db::EnqueueRequest ask_for(JobId job_id) const {
        db::EnqueueRequest made;
        made.job_id = job_id;
        made.creator_user_name = kUser;
        return made;
    }
};

TEST_F(RunWriterTest, ManyRequestsShareTheirCommitsAndAnswerEach) {
    JobId job_id = create(job());
    db::RunWriter writer(settings());
    std::vector<db::EnqueueRequest> requests(300, ask_for(job_id));
    for (std::size_t i = 0; i < requests.size(); i += 3) requests[i].job_id = JobId{424242};
    auto answers = ask_all(writer, requests);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        ASSERT_TRUE(answers[i].result) << answers[i].failure;
        EXPECT_EQ(answers[i].result->outcome, i % 3 == 0 ? EnqueueOutcome::kJobDoesNotExist : EnqueueOutcome::kCreated);
    }
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs"), 200);
    EXPECT_LT(sql.number("SELECT count(DISTINCT xmin::text) FROM runs"), 100);
}

TEST_F(RunWriterTest, SignsATokenForTheJobsIdentity) {
    auto request = ask_for(create(job()));
    request.run_as_user_name = "runner@example.com";
    db::RunWriter writer(settings());
    auto answer = ask_all(writer, {request}).front();
    auto claims = verify_run_token("key", claim_one().kernel_token);
    EXPECT_EQ(claims, (RunTokenClaims{answer.result.value().run_id, "runner@example.com"}));
}

TEST_F(RunWriterTest, WakesTheWorkersOfTheBatch) {
    sql.run("LISTEN stoker_ready");
    db::RunWriter writer(settings());
    ask_all(writer, {ask_for(create(job()))});
    sql.run("SELECT 1");
    EXPECT_EQ(sql.notifications(), std::vector<std::string>{kCluster});
}

TEST_F(RunWriterTest, ACommitThatTookPlaceThoughTheConnectionDiedIsFound) {
    JobId job_id = create(job());
    Sql folder(database.owner_dsn());
    FaultyConnection faulty(folder.one("SHOW unix_socket_directories"), "unlucky-token");
    auto with = settings();
    with.dsn = db::with_login(with.dsn, {.role = {}, .password = {}, .database = {}, .host = faulty.host()});
    auto unlucky = ask_for(job_id);
    unlucky.idempotency_token = "unlucky-token";
    {
        db::RunWriter writer(with);
        auto answer = ask_all(writer, {unlucky}).front();
        ASSERT_TRUE(answer.result) << answer.failure;
        EXPECT_EQ(answer.result->outcome, EnqueueOutcome::kCreated);
        EXPECT_EQ(answer.result->ready_clusters, std::vector<ClusterId>{kCluster});
        EXPECT_TRUE(faulty.has_failed());
        EXPECT_EQ(sql.one("SELECT run_id FROM runs"), to_string(answer.result->run_id));
    }
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs"), 1);
    EXPECT_EQ(active_runs(job_id), 1);
}

TEST_F(RunWriterTest, ACommitThatDidNotTakePlaceIsMadeAgain) {
    JobId job_id = create(job());
    // The session dies in its first commit; a sequence remembers that across the rollback.
    sql.run(
        "CREATE SEQUENCE deaths; GRANT USAGE ON deaths TO stoker_server;"
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
        "  IF nextval('deaths') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON runs DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE "
        "FUNCTION die()");
    db::RunWriter writer(settings());
    auto answers = ask_all(writer, {ask_for(job_id), ask_for(job_id)});
    for (const auto& answer : answers) {
        ASSERT_TRUE(answer.result) << answer.failure;
        EXPECT_EQ(answer.result->outcome, EnqueueOutcome::kCreated);
    }
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs"), 2);
    EXPECT_GE(sql.number("SELECT last_value FROM deaths"), 2);
    EXPECT_EQ(active_runs(job_id), 2);
}

TEST_F(RunWriterTest, AnOffendingRequestFailsAlone) {
    JobId job_id = create(job());
    db::RunWriter writer(settings());
    std::vector<db::EnqueueRequest> requests(10, ask_for(job_id));
    requests[4].overriding_parameters = "{\"notebook_params\":{\"a\":\"\\u0000\"}}";
    auto answers = ask_all(writer, requests);
    for (std::size_t i = 0; i < answers.size(); ++i)
        EXPECT_EQ(answers[i].result.has_value(), i != 4) << answers[i].failure;
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs"), 9);
}

TEST_F(RunWriterTest, ARequestThatCannotEvenBeSentFailsAlone) {
    JobId job_id = create(job());
    db::RunWriter writer(settings());
    std::vector<db::EnqueueRequest> requests(10, ask_for(job_id));
    requests[4].run_name = "\xff is no UTF-8";
    auto answers = ask_all(writer, requests);
    for (std::size_t i = 0; i < answers.size(); ++i)
        EXPECT_EQ(answers[i].result.has_value(), i != 4) << answers[i].failure;
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs"), 9);
}

TEST_F(RunWriterTest, AServerWithoutDiskIsUnavailable) {
    JobId job_id = create(job());
    sql.run(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$"
        "  BEGIN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END $$;"
        "CREATE TRIGGER fail BEFORE INSERT ON runs FOR EACH STATEMENT EXECUTE FUNCTION fail()");
    db::RunWriter writer(settings());
    for (const auto& answer : ask_all(writer, {ask_for(job_id), ask_for(job_id)}))
        EXPECT_TRUE(answer.unavailable) << answer.failure;
    sql.run("DROP TRIGGER fail ON runs");
    EXPECT_TRUE(ask_all(writer, {ask_for(job_id)}).front().result);
}

TEST_F(RunWriterTest, TooManyWaitingAreTurnedAway) {
    auto with = settings();
    with.max_waiting = 0;
    db::RunWriter writer(with);
    net::io_context io;
    std::optional<int> retry_after;
    net::co_spawn(io, writer.enqueue(ask_for(JobId{1})), [&](std::exception_ptr failure, const db::EnqueueResult&) {
        try {
            std::rethrow_exception(failure);
        } catch (const ApiError& error) {
            EXPECT_EQ(error.code(), ErrorCode::kResourceExhausted);
            retry_after = error.retry_after;
        }
    });
    io.run();
    EXPECT_EQ(retry_after, 1);
}

}  // namespace
}  // namespace stoker::test
