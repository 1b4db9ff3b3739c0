#pragma once
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/clock.h"
#include "db/run_store.h"

namespace stoker::db {
class Pool;
}

namespace stoker::api {

/// A run as one look at the database saw it. It never changes, and many requests may hold it.
struct RunRecord {
    db::FoundRun found;
    bool has_output = false;  // its output was looked for
    /// Answers made of it, by what else they depend on; kept only with runs that are over. On the I/O thread.
    mutable std::unordered_map<std::string, std::string> answers;
};

/// Reads runs for the endpoints. Those asked for while a look is under way share the next one; runs that are over are
/// kept, within a bound, so that polling them costs the database nothing. On the I/O thread; `pool` must outlive it.
class RunReader {
  public:
    RunReader(boost::asio::any_io_executor executor, db::Pool& pool, const Clock& clock);
    ~RunReader();

    /// The look begins after this call, unless the run was seen to be over before. nullptr: there is no such run.
    boost::asio::awaitable<std::shared_ptr<const RunRecord>> find(RunId run_id, bool with_output);

    /// Deleted, here or by another server.
    void forget(RunId run_id);
    void forget_all();

  private:
    struct Ticket;
    struct Look;
    struct Kept {
        std::shared_ptr<const RunRecord> record;
        std::size_t bytes = 0;
        Clock::Monotonic until;
        std::list<RunId>::iterator age;
    };
    using Tickets = std::vector<std::shared_ptr<Ticket>>;

    std::shared_ptr<const RunRecord> kept(RunId run_id, bool with_output);
    void drop(RunId run_id);
    void keep(RunId run_id, const std::shared_ptr<const RunRecord>& record);
    boost::asio::awaitable<void> look();
    Tickets next_batch();

    const boost::asio::any_io_executor executor_;
    db::Pool& pool_;
    const Clock& clock_;
    Tickets waiting_;
    std::list<Look*> looks_;  // under way
    std::unordered_map<RunId, Kept> kept_;
    std::list<RunId> by_age_;  // least recently used first
    std::size_t kept_bytes_ = 0;
};

}  // namespace stoker::api
