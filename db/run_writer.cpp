#include "db/run_writer.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/error.h"
#include "db/run_batch.h"

namespace stoker::db {
namespace {
namespace net = boost::asio;
using namespace std::chrono_literals;
constexpr int kPauses = 100;
constexpr auto kPause = 100ms;

struct Waiting {
    EnqueueRequest request;
    std::function<void(RunAnswer)> answer;
};
}  // namespace

struct RunWriter::Impl {
    explicit Impl(Settings with) : settings(std::move(with)), thread([this] { write_batches(); }) {}

    ~Impl() {
        {
            std::lock_guard lock(mutex);
            stopping = true;
        }
        changed.notify_all();
        thread.join();
    }

    void add(Waiting waiting) {
        {
            std::lock_guard lock(mutex);
            queue.push_back(std::move(waiting));
        }
        changed.notify_one();
    }

    bool is_full() {
        std::lock_guard lock(mutex);
        return queue.size() >= static_cast<std::size_t>(settings.max_waiting);
    }

    std::vector<Waiting> next_batch() {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return stopping || !queue.empty(); });
        std::vector<Waiting> batch;
        while (!queue.empty() && batch.size() < static_cast<std::size_t>(settings.max_batch)) {
            batch.push_back(std::move(queue.front()));
            queue.pop_front();
        }
        return batch;
    }

    // Between tries of one batch. While the writer stops nobody waits for Postgres to come back.
    bool pause() {
        std::unique_lock lock(mutex);
        if (stopping || ++pauses > kPauses) return false;
        changed.wait_for(lock, kPause, [&] { return stopping; });
        return !stopping;
    }

    void write_batches() {
        RunBatch writer(settings.dsn, settings.signing_key, [this] { return pause(); });
        while (true) {
            auto batch = next_batch();
            if (batch.empty()) return;
            pauses = 0;
            std::vector<EnqueueRequest> requests;
            for (const Waiting& waiting : batch) requests.push_back(waiting.request);
            std::vector<RunAnswer> answers = writer.write(std::move(requests));
            for (std::size_t i = 0; i < batch.size(); ++i) batch[i].answer(std::move(answers[i]));
        }
    }

    const Settings settings;
    std::mutex mutex;  // guards queue and stopping
    std::condition_variable changed;
    std::deque<Waiting> queue;
    bool stopping = false;
    int pauses = 0;  // of the batch under way; the thread's own
    std::thread thread;
};

RunWriter::RunWriter(Settings settings) : impl_(std::make_shared<Impl>(std::move(settings))) {}

RunWriter::~RunWriter() = default;

net::awaitable<EnqueueResult> RunWriter::enqueue(EnqueueRequest request) {
    if (impl_->is_full()) {
        ApiError error(ErrorCode::kResourceExhausted,
                       "Too many runs are being started at once. Try again in a moment.");
        error.retry_after = 1;
        throw error;
    }
    auto waiting = std::make_shared<Waiting>();
    waiting->request = std::move(request);
    // The operation starts when the awaitable is awaited; the answer is posted to the executor the handler names.
    auto start = [impl = impl_, waiting](auto handler) {
        auto executor = net::prefer(net::get_associated_executor(handler), net::execution::outstanding_work.tracked);
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        waiting->answer = [executor, shared](RunAnswer answer) {
            net::post(executor, [shared, answer = std::move(answer)]() mutable {
                if (auto* failure = std::get_if<std::exception_ptr>(&answer))
                    std::move (*shared)(*failure, EnqueueResult{});
                else
                    std::move (*shared)(std::exception_ptr(), std::get<EnqueueResult>(std::move(answer)));
            });
        };
        impl->add(std::move(*waiting));
    };
    co_return co_await net::async_initiate<const net::use_awaitable_t<>&, void(std::exception_ptr, EnqueueResult)>(
        start, net::use_awaitable);
}

}  // namespace stoker::db
