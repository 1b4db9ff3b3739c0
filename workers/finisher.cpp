#include "workers/finisher.h"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "db/errors.h"
#include "db/listener.h"

namespace stoker::workers {
namespace net = boost::asio;

namespace {

constexpr std::size_t kMaxBatch = 64;
constexpr std::chrono::milliseconds kRetryPause{300};
constexpr std::chrono::milliseconds kMoreMayCome{10};

std::vector<std::string> texts(const std::vector<RunId>& ids) {
    std::vector<std::string> result;
    for (const RunId id : ids) result.push_back(to_string(id));
    return result;
}

/// What is kept of an outcome whose output the database does not take.
db::TaskRunOutcome without_output(const db::TaskRunOutcome& outcome) {
    db::TaskRunOutcome bare = outcome;
    bare.life_cycle_state = "INTERNAL_ERROR";
    bare.result_state = "FAILED";
    bare.state_message = "The output of the run could not be stored.";
    bare.termination_code = "INTERNAL_ERROR";
    bare.termination_type = "INTERNAL_ERROR";
    bare.result.reset();
    bare.error.reset();
    bare.error_trace.reset();
    bare.logs.reset();
    bare.notebook.reset();
    bare.details.reset();
    return bare;
}

}  // namespace

struct Finisher::Pending {
    db::TaskRunOutcome outcome;
    std::function<bool()> given_up;
    Haste haste = Haste::kAtOnce;
    std::optional<db::FinishOutcome> result;
    bool settled = false;
};

Finisher::Finisher(net::any_io_executor executor, TaskGroup& tasks, db::Pool& pool)
    : tasks_(tasks), pool_(pool), changed_(executor), executor_(executor) {}

Finisher::~Finisher() {
    notifier_.join();
}

std::shared_ptr<Finisher::Pending> Finisher::finish(db::TaskRunOutcome outcome, std::function<bool()> given_up,
                                                    Haste haste) {
    const auto pending = std::make_shared<Pending>();
    pending->outcome = std::move(outcome);
    pending->given_up = std::move(given_up);
    pending->haste = haste;
    waiting_.push_back(pending);
    if (!writing_) {
        writing_ = true;
        tasks_.spawn("finisher", write_all());
    }
    return pending;
}

net::awaitable<std::optional<db::FinishOutcome>> Finisher::written(std::shared_ptr<Pending> pending) {
    while (!pending->settled) co_await changed_.wait();
    co_return pending->result;
}

net::awaitable<void> Finisher::write_all() {
    while (!waiting_.empty()) {
        const bool none_at_once = std::all_of(waiting_.begin(), waiting_.end(),
                                              [](const auto& pending) { return pending->haste == Haste::kWithMore; });
        if (none_at_once) co_await let_more_come();
        Batch batch;
        while (!waiting_.empty() && batch.size() < kMaxBatch) {
            batch.push_back(waiting_.front());
            waiting_.erase(waiting_.begin());
        }
        co_await write_until_settled(batch);
        changed_.notify();
    }
    writing_ = false;
}

net::awaitable<void> Finisher::let_more_come() {
    net::steady_timer pause(executor_, kMoreMayCome);
    co_await pause.async_wait(net::as_tuple(net::use_awaitable));
}

net::awaitable<void> Finisher::write_until_settled(Batch batch) {
    net::steady_timer pause(executor_);
    for (;;) {
        std::erase_if(batch, [](const auto& pending) { return pending->settled = pending->given_up(); });
        if (batch.empty()) co_return;
        const bool written = co_await write(batch);
        if (written) co_return;
        pause.expires_after(kRetryPause);
        co_await pause.async_wait(net::as_tuple(net::use_awaitable));
    }
}

net::awaitable<bool> Finisher::write(Batch batch) {
    std::vector<db::TaskRunOutcome> outcomes;
    for (const auto& pending : batch) outcomes.push_back(pending->outcome);
    std::string refusal;
    try {
        const auto work = [&outcomes](db::Transaction& tx) { return db::finish_task_runs(tx, outcomes); };
        db::FinishResult result = co_await pool_.run_statement(work);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            batch[i]->result = result.outcomes.at(i);
            batch[i]->settled = true;
        }
        notify(std::move(result));
        co_return true;
    } catch (const db::Unavailable& error) {
        spdlog::warn("outcomes cannot be written yet count={} error=\"{}\"", batch.size(), error.what());
        co_return false;
    } catch (const db::InDoubt& error) {
        // A second write is fenced by the lease token: where the first took effect it changes nothing.
        spdlog::warn("outcomes are written again count={} error=\"{}\"", batch.size(), error.what());
        co_return false;
    } catch (const std::exception& error) {
        refusal = error.what();
    }
    spdlog::error("outcomes were refused count={} run_id={} error=\"{}\"", batch.size(),
                  batch.front()->outcome.run_id.value, refusal);
    if (batch.size() > 1) {
        co_await write_one_by_one(batch);
    } else if (batch.front()->outcome.termination_code != "INTERNAL_ERROR") {
        batch.front()->outcome = without_output(batch.front()->outcome);
        co_return false;
    } else {
        batch.front()->settled = true;  // its lease will end, and the scheduler ends the run
    }
    co_return true;
}

net::awaitable<void> Finisher::write_one_by_one(Batch batch) {
    for (const auto& pending : batch) {
        const Batch alone{pending};
        co_await write_until_settled(alone);
    }
}

void Finisher::notify(db::FinishResult changes) {
    if (changes.ended_runs.empty() && changes.ready_clusters.empty() && changes.changed_clusters.empty()) return;
    net::post(notifier_, [this, changes = std::move(changes)] {
        try {
            if (!changes.ended_runs.empty()) db::notify(pool_, db::kRunsChannel, texts(changes.ended_runs));
            if (!changes.ready_clusters.empty()) db::notify(pool_, db::kReadyChannel, changes.ready_clusters);
            if (!changes.changed_clusters.empty()) db::notify(pool_, db::kClustersChannel, changes.changed_clusters);
        } catch (const std::exception& error) {
            spdlog::warn("waiters were not told, they will look for themselves error=\"{}\"", error.what());
        }
    });
}

}  // namespace stoker::workers
