#pragma once
#include <exception>
#include <memory>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "db/pool.h"
#include "db/task_run_store.h"
#include "workers/event.h"
#include "workers/task_group.h"

namespace stoker::workers {

/// Tells the database that user code is about to begin. What asks while a statement is under way shares the next one.
/// On the I/O thread.
class BeginWriter {
  public:
    BeginWriter(boost::asio::any_io_executor executor, TaskGroup& tasks, db::Pool& pool);

    /// Whether the lease is still held. Throws what the database threw; whether it took effect is not known then.
    boost::asio::awaitable<bool> begin(db::HeldLease lease);

  private:
    struct Pending {
        db::HeldLease lease;
        bool settled = false;
        bool held = false;
        std::exception_ptr failure;
    };
    boost::asio::awaitable<void> write_all();

    TaskGroup& tasks_;
    db::Pool& pool_;
    std::vector<std::shared_ptr<Pending>> waiting_;
    bool writing_ = false;
    Event changed_;
};

}  // namespace stoker::workers
