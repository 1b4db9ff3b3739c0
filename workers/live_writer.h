#pragma once
#include <set>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "db/live_output_store.h"
#include "db/pool.h"
#include "workers/active_runs.h"
#include "workers/task_group.h"

namespace stoker::workers {

/// Passes on what runs print and show while they run, all runs' in one statement, and tells the servers. What is lost,
/// for want of a database or of space, is told with the run's stored output. On the I/O thread.
class LiveWriter {
  public:
    LiveWriter(TaskGroup& tasks, db::Pool& pool) : tasks_(tasks), pool_(pool) {}

    /// The `outputs` of a kernel's frame: whatever user code may have made of them.
    void add(ActiveRun& run, const nlohmann::json& outputs);

  private:
    using Batch = std::vector<std::pair<std::string, db::LiveOutput>>;
    boost::asio::awaitable<void> write_all();
    boost::asio::awaitable<void> write(const Batch& batch);

    TaskGroup& tasks_;
    db::Pool& pool_;
    Batch waiting_;
    std::size_t waiting_bytes_ = 0;
    bool writing_ = false;
};

}  // namespace stoker::workers
