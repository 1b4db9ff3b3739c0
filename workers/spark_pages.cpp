#include "workers/spark_pages.h"

#include <spdlog/spdlog.h>

#include "core/hash.h"

namespace stoker::workers {
namespace net = boost::asio;

namespace {

/// A whole HTTP response.
std::string no_driver() {
    const std::string text =
        "No Spark driver runs in this worker: the next run that asks for `spark` starts it. Then load this page again.";
    return "HTTP/1.1 503 Unavailable\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(text.size()) +
           "\r\n\r\n" + text;
}

}  // namespace

SparkPages::SparkPages(KernelHost& host, db::Pool& pool, Driver& driver) : host_(host), pool_(pool), driver_(driver) {}

void SparkPages::look() {
    host_.tasks.spawn("pages of Spark", take());
}

net::awaitable<void> SparkPages::take() {
    const WorkerId worker_id = host_.launch.worker_id;
    try {
        const auto work = [worker_id](db::Transaction& tx) { return db::take_spark_pages(tx, worker_id); };
        auto requests = co_await pool_.run(work);
        for (db::SparkPageRequest& request : requests) host_.tasks.spawn("page of Spark", answer(std::move(request)));
    } catch (const std::exception& error) {
        spdlog::warn("pages of Spark cannot be looked for error=\"{}\"", error.what());
    }
}

net::awaitable<void> SparkPages::answer(db::SparkPageRequest request) {
    const WorkerId worker_id = host_.launch.worker_id;
    const auto request_id = request.request_id;
    try {
        std::optional<std::string> made = co_await driver_.page(std::move(request));
        const std::string response = made ? std::move(*made) : base64_encode(no_driver());
        const std::function<void(db::Transaction&)> work = [=](db::Transaction& tx) {
            db::answer_spark_page(tx, worker_id, request_id, response);
        };
        co_await pool_.run(work);
    } catch (const std::exception& error) {
        spdlog::warn("a page of Spark cannot be answered error=\"{}\"", error.what());
    }
}

}  // namespace stoker::workers
