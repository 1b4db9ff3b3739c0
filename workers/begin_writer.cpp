#include "workers/begin_writer.h"

#include <algorithm>

namespace stoker::workers {
namespace net = boost::asio;

BeginWriter::BeginWriter(net::any_io_executor executor, TaskGroup& tasks, db::Pool& pool)
    : tasks_(tasks), pool_(pool), changed_(executor) {}

net::awaitable<bool> BeginWriter::begin(db::HeldLease lease) {
    const auto pending = std::make_shared<Pending>();
    pending->lease = std::move(lease);
    waiting_.push_back(pending);
    if (!writing_) {
        writing_ = true;
        tasks_.spawn("begin", write_all());
    }
    while (!pending->settled) co_await changed_.wait();
    if (pending->failure) std::rethrow_exception(pending->failure);
    co_return pending->held;
}

net::awaitable<void> BeginWriter::write_all() {
    while (!waiting_.empty()) {
        const auto batch = std::exchange(waiting_, {});
        std::vector<db::HeldLease> leases;
        for (const auto& pending : batch) leases.push_back(pending->lease);
        const auto work = [leases](db::Transaction& tx) { return db::begin_task_runs(tx, leases); };
        std::vector<RunId> held;
        std::exception_ptr failure;
        try {
            held = co_await pool_.run_statement(work);
        } catch (...) {
            failure = std::current_exception();
        }
        for (const auto& pending : batch) {
            pending->held = std::find(held.begin(), held.end(), pending->lease.run_id) != held.end();
            pending->failure = failure;
            pending->settled = true;
        }
        changed_.notify();
    }
    writing_ = false;
}

}  // namespace stoker::workers
