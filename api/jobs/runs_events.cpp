#include <limits>
#include <map>
#include <stdexcept>

#include "api/http/exchange.h"
#include "api/http/parameters.h"
#include "api/jobs/endpoints.h"
#include "api/jobs/run_read.h"
#include "api/run_waiters.h"
#include "api/wire/run_feed.h"
#include "core/error.h"
#include "core/json_reader.h"
#include "db/pool.h"

namespace stoker::api::jobs {
namespace {
using Streamed = boost::asio::awaitable<void>;
using Text = boost::asio::awaitable<std::string>;

constexpr auto kKeepAlive = std::chrono::seconds(15);
constexpr int kLiveBatch = 1000;
constexpr std::size_t kIterationBatch = 1000;
constexpr std::size_t kWriteSize = 64 * 1024;

FeedPosition position_of(const Request& request, RunId job_run_id) {
    const nlohmann::json query = parse_parameters("GET", request.query, "");
    const std::string sent(request.headers.get("Last-Event-ID"));
    const std::string text = sent.empty() ? JsonReader(query).optional_string("last_event_id").value_or("") : sent;
    try {
        return FeedPosition::parse(text, job_run_id);
    } catch (const std::invalid_argument& error) {
        throw ApiError::invalid_parameter("last_event_id: " + std::string(error.what()) + ".");
    }
}

bool is_for_each(const db::TaskRunRow& task) {
    return nlohmann::json::parse(task.definition).contains("for_each_task");
}

/// One client that watches a run, or one task run of it.
class Watch {
  public:
    Watch(Services& services, Exchange& exchange, const db::FoundRun& found, FeedPosition from)
        : services_(services),
          exchange_(exchange),
          job_run_id_(found.run.run_id),
          only_task_(found.named_task),
          feed_(std::move(from)) {}

    /// Everything has been told before.
    bool is_through(const db::FoundRun& found) const {
        if (!is_over(found)) return false;
        for (const auto& task : found.run.tasks)
            if (is_watched(task) && !feed_.position().is_done(task.run_id)) return false;
        return true;
    }

    Streamed stream(std::shared_ptr<const RunRecord> record) {
        while (record) {
            // Entered before the look, so that what comes between the two is not missed.
            const auto waiter = services_.feed_waiters.enter(job_run_id_, kKeepAlive, nullptr);
            const bool is_told = co_await tell(record->found);
            co_await flush(0);
            if (is_told) break;
            const bool changed = co_await waiter->changed();
            if (services_.feed_waiters.is_stopped()) break;
            if (!changed) co_await exchange_.write(kFeedComment);
            record = co_await services_.runs.find(only_task_.value_or(job_run_id_), false);
        }
    }

  private:
    bool is_watched(const db::TaskRunRow& task) const { return !only_task_ || task.run_id == *only_task_; }

    /// true: that was all.
    boost::asio::awaitable<bool> tell(const db::FoundRun& found) {
        const bool over = is_over(found);
        if (!over || found.run.life_cycle_state == "TERMINATING") buffer_ += feed_.state(found.run);
        bool is_told = true;
        for (const auto& task : found.run.tasks) {
            if (!is_watched(task)) continue;
            const bool is_done = co_await tell(task);
            is_told = is_told && is_done;
        }
        co_await tell_live();
        if (!over || !is_told) co_return false;
        buffer_ += feed_.state(found.run);
        buffer_ += feed_.end(found.run);
        co_return true;
    }

    /// true: the task run, and all iterations of a for-each, are over and told.
    boost::asio::awaitable<bool> tell(const db::TaskRunRow& task) {
        bool is_told = true;
        if (task.start_time != 0 && is_for_each(task)) is_told = co_await tell_iterations(task);
        const bool is_told_to_its_end = co_await tell_one(task);
        co_return is_told&& is_told_to_its_end;
    }

    boost::asio::awaitable<bool> tell_one(const db::TaskRunRow& task) {
        if (task.end_time == 0) {
            buffer_ += feed_.state(task);
            if (task.start_time != 0) known_.try_emplace(task.run_id, Known{task, -1});
            co_return false;
        }
        if (!feed_.position().is_done(task.run_id)) co_await tell_end(task);
        buffer_ += feed_.state(task);
        known_.erase(task.run_id);
        co_await flush(kWriteSize);
        co_return true;
    }

    boost::asio::awaitable<bool> tell_iterations(const db::TaskRunRow& for_each) {
        int& from = first_open_iteration_[for_each.run_id];
        bool is_told = true;
        db::IterationPage page{for_each.run_id, from, 0, kIterationBatch};
        std::vector<db::TaskRunRow> iterations;
        do {
            auto read = [page](db::Transaction& tx) { return db::find_iterations(tx, page); };
            iterations = co_await services_.pool.read(read);
            for (const auto& iteration : iterations) {
                const bool is_done = co_await tell_one(iteration);
                is_told = is_told && is_done;
                if (is_told && iteration.is_last_attempt) from = iteration.iteration + 1;
            }
            page.offset += iterations.size();
        } while (iterations.size() == kIterationBatch);
        co_return is_told;
    }

    Streamed tell_end(const db::TaskRunRow& task) {
        const auto record = co_await services_.runs.find(task.run_id, true);
        if (!record) co_return;
        auto read = [run_id = task.run_id](db::Transaction& tx) { return db::find_task_notebook(tx, run_id); };
        const std::optional<std::string> notebook = co_await services_.pool.read(read);
        const auto& output = record->found.output;
        if (notebook) buffer_ += feed_.rest_of_notebook(task, *notebook);
        if (output && output->logs) {
            const auto details = output_details(*output);
            buffer_ += feed_.rest_of_log(task, *output->logs, details.value("log_start", std::int64_t{0}));
        }
        buffer_ += feed_.result(task, output);
    }

    Streamed tell_live() {
        std::vector<db::LiveOutput> outputs;
        do {
            std::vector<std::pair<RunId, std::int64_t>> seqs;
            for (const auto& [run_id, known] : known_) seqs.emplace_back(run_id, known.seq);
            if (seqs.empty()) co_return;
            auto read = [&seqs](db::Transaction& tx) { return db::read_live_outputs(tx, seqs, kLiveBatch); };
            outputs = co_await services_.pool.read(read);
            for (const auto& output : outputs) {
                Known& known = known_.at(output.run_id);
                // Where one is missing, the stored output tells the rest.
                if (output.seq != known.seq + 1) known.seq = std::numeric_limits<std::int64_t>::max();
                if (output.seq <= known.seq) continue;
                known.seq = output.seq;
                buffer_ += feed_.live(known.task, output);
                co_await flush(kWriteSize);
            }
        } while (outputs.size() == kLiveBatch);
    }

    /// Writes what there is when it is more than `size`.
    Streamed flush(std::size_t size) {
        if (buffer_.size() <= size) co_return;
        const std::string part = std::exchange(buffer_, {});
        co_await exchange_.write(part);
    }

    /// A task run under way, and the last of its live outputs that was read.
    struct Known {
        db::TaskRunRow task;
        std::int64_t seq;
    };

    Services& services_;
    Exchange& exchange_;
    const RunId job_run_id_;
    const std::optional<RunId> only_task_;
    RunFeed feed_;
    std::string buffer_;
    std::map<RunId, Known> known_;
    std::map<RunId, int> first_open_iteration_;  // by for-each
};
}  // namespace

Streamed runs_events(Services& services, Request& request, Exchange& exchange) {
    const RunId run_id{path_integer(request, "run_id")};
    const ReadRun run = co_await read_run(services, request, run_id, false);
    Watch watch(services, exchange, run.found(), position_of(request, run.found().run.run_id));
    Response head;
    if (watch.is_through(run.found())) {
        head.status = 204;  // tells an EventSource not to come again
        co_await exchange.begin(std::move(head), 0);
        co_await exchange.end();
        co_return;
    }
    head.content_type = "text/event-stream";
    head.headers.add("Cache-Control", "no-store");
    head.headers.add("X-Accel-Buffering", "no");
    co_await exchange.begin(std::move(head), std::nullopt);
    co_await watch.stream(run.record);
    co_await exchange.end();
}

}  // namespace stoker::api::jobs
