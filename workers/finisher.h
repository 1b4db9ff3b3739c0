#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "db/pool.h"
#include "db/task_run_store.h"
#include "workers/event.h"
#include "workers/task_group.h"

namespace stoker::workers {

/// Writes outcomes: those that are ready while a commit is under way share the next one. Then tells who waits, by a
/// NOTIFY of its own. While the database cannot be reached, or cannot write, it tries again until the lease is given
/// up.
class Finisher {
  public:
    Finisher(boost::asio::any_io_executor executor, TaskGroup& tasks, db::Pool& pool);
    ~Finisher();

    struct Pending;
    enum class Haste {
        kAtOnce,    // its statement is on the way before whatever the caller asks of the database next
        kWithMore,  // while others wait for slots, many outcomes in one statement are worth milliseconds
    };
    std::shared_ptr<Pending> finish(db::TaskRunOutcome outcome, std::function<bool()> given_up, Haste haste);
    /// nullopt: given up without an answer of the database.
    boost::asio::awaitable<std::optional<db::FinishOutcome>> written(std::shared_ptr<Pending> pending);
    /// On a thread of its own, in order.
    void notify(db::FinishResult changes);

  private:
    using Batch = std::vector<std::shared_ptr<Pending>>;
    boost::asio::awaitable<void> write_all();
    boost::asio::awaitable<void> let_more_come();
    /// Again and again, until the database has answered for each or its lease is given up.
    boost::asio::awaitable<void> write_until_settled(Batch batch);
    boost::asio::awaitable<bool> write(Batch batch);
    boost::asio::awaitable<void> write_one_by_one(Batch batch);

    TaskGroup& tasks_;
    db::Pool& pool_;
    Batch waiting_;
    bool writing_ = false;
    Event changed_;
    const boost::asio::any_io_executor executor_;
    boost::asio::thread_pool notifier_{1};
};

}  // namespace stoker::workers
