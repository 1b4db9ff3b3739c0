#include "api/jobs/run_reader.h"

#include <algorithm>
#include <exception>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/wire/run_json.h"
#include "db/pool.h"

namespace stoker::api {
namespace net = boost::asio;

namespace {
constexpr std::size_t kMaxBatch = 64;
constexpr std::size_t kLooksAtOnce = 2;  // a long output must not hold up the others
constexpr std::size_t kMaxKeptBytes = 32 << 20;
constexpr std::size_t kMaxRecordBytes = 1 << 20;
/// A record answers this long at most, should the word of a deletion by another server be lost.
constexpr std::chrono::seconds kKeptFor{60};

/// A rough size of the record and of the answers that will be made of it.
std::size_t bytes_of(const RunRecord& record) {
    std::size_t bytes = 4096;
    for (const auto& task : record.found.run.tasks) bytes += 1024 + 4 * task.definition.size();
    bytes += 3 * (record.found.run.overriding_parameters.size() + record.found.run.job_parameters.size());
    if (const auto& output = record.found.output)
        for (const auto& text : {output->result, output->error, output->error_trace})
            bytes += 3 * text.value_or("").size();
    return bytes;
}

using Records = std::vector<std::shared_ptr<const RunRecord>>;

/// On a thread of the pool.
Records read_records(db::Transaction& tx, const std::vector<RunId>& run_ids, const std::vector<bool>& with_output) {
    auto found = db::find_runs(tx, run_ids, with_output);
    Records records(found.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!found[i]) continue;
        auto record = std::make_shared<RunRecord>();
        record->found = std::move(*found[i]);
        record->has_output = with_output[i];
        records[i] = std::move(record);
    }
    return records;
}
}  // namespace

struct RunReader::Ticket {
    Ticket(const net::any_io_executor& executor, RunId id, bool output)
        : run_id(id), with_output(output), answered(executor, net::steady_timer::time_point::max()) {}
    const RunId run_id;
    const bool with_output;
    std::shared_ptr<const RunRecord> record;
    std::exception_ptr failure;
    bool is_answered = false;
    net::steady_timer answered;  // cancelled to wake
};

struct RunReader::Look {
    std::vector<RunId> run_ids;
    std::vector<bool> with_output;
    std::vector<bool> stale;  // forgotten since it began
};

RunReader::RunReader(net::any_io_executor executor, db::Pool& pool, const Clock& clock)
    : executor_(std::move(executor)), pool_(pool), clock_(clock) {}

RunReader::~RunReader() = default;

net::awaitable<std::shared_ptr<const RunRecord>> RunReader::find(RunId run_id, bool with_output) {
    if (auto record = kept(run_id, with_output)) co_return record;
    const auto ticket = std::make_shared<Ticket>(executor_, run_id, with_output);
    waiting_.push_back(ticket);
    if (looks_.size() < kLooksAtOnce) net::co_spawn(executor_, look(), net::detached);
    if (!ticket->is_answered) co_await ticket->answered.async_wait(net::as_tuple(net::use_awaitable));
    if (ticket->failure) std::rethrow_exception(ticket->failure);
    co_return ticket->record;
}

RunReader::Tickets RunReader::next_batch() {
    const std::size_t count = std::min(waiting_.size(), kMaxBatch);
    Tickets batch(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    return batch;
}

net::awaitable<void> RunReader::look() {
    Look look;
    const auto self = looks_.insert(looks_.end(), &look);
    while (!waiting_.empty()) {
        const Tickets batch = next_batch();
        look = {};
        std::vector<std::size_t> place;  // of each ticket in look.run_ids
        for (const auto& ticket : batch) {
            const auto at = std::find(look.run_ids.begin(), look.run_ids.end(), ticket->run_id);
            place.push_back(static_cast<std::size_t>(at - look.run_ids.begin()));
            if (at == look.run_ids.end()) {
                look.run_ids.push_back(ticket->run_id);
                look.with_output.push_back(false);
            }
            if (ticket->with_output) look.with_output[place.back()] = true;
        }
        look.stale.assign(look.run_ids.size(), false);
        const auto work = [run_ids = look.run_ids, with_output = look.with_output](db::Transaction& tx) {
            return read_records(tx, run_ids, with_output);
        };
        Records records(look.run_ids.size());
        std::exception_ptr failure;
        try {
            records = co_await pool_.read(work);
        } catch (...) {
            failure = std::current_exception();
        }
        for (std::size_t i = 0; i < records.size(); ++i)
            if (records[i] && !look.stale[i] && is_over(records[i]->found)) keep(look.run_ids[i], records[i]);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            batch[i]->record = records[place[i]];
            batch[i]->failure = failure;
            batch[i]->is_answered = true;
            batch[i]->answered.cancel();
        }
    }
    looks_.erase(self);
}

std::shared_ptr<const RunRecord> RunReader::kept(RunId run_id, bool with_output) {
    const auto found = kept_.find(run_id);
    if (found == kept_.end() || (with_output && !found->second.record->has_output)) return nullptr;
    if (clock_.monotonic() >= found->second.until) {
        drop(run_id);
        return nullptr;
    }
    by_age_.splice(by_age_.end(), by_age_, found->second.age);
    return found->second.record;
}

void RunReader::keep(RunId run_id, const std::shared_ptr<const RunRecord>& record) {
    const std::size_t bytes = bytes_of(*record);
    if (bytes > kMaxRecordBytes) return;
    if (const auto known = kept_.find(run_id); known != kept_.end()) {
        if (known->second.record->has_output && !record->has_output) return;
        drop(run_id);
    }
    by_age_.push_back(run_id);
    kept_[run_id] = {record, bytes, clock_.monotonic() + kKeptFor, std::prev(by_age_.end())};
    kept_bytes_ += bytes;
    while (kept_bytes_ > kMaxKeptBytes) drop(by_age_.front());
}

void RunReader::forget(RunId run_id) {
    for (Look* look : looks_)
        for (std::size_t i = 0; i < look->run_ids.size(); ++i)
            if (look->run_ids[i] == run_id) look->stale[i] = true;
    drop(run_id);
}

void RunReader::drop(RunId run_id) {
    const auto found = kept_.find(run_id);
    if (found == kept_.end()) return;
    kept_bytes_ -= found->second.bytes;
    by_age_.erase(found->second.age);
    kept_.erase(found);
}

void RunReader::forget_all() {
    for (Look* look : looks_) look->stale.assign(look->run_ids.size(), true);
    kept_.clear();
    by_age_.clear();
    kept_bytes_ = 0;
}

}  // namespace stoker::api
