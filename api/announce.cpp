#include "api/announce.h"

#include "db/listener.h"

namespace stoker::api {

boost::asio::awaitable<void> announce(Services& services, std::string_view channel, std::vector<std::string> ids) {
    if (ids.empty()) co_return;
    auto send = [channel, ids = std::move(ids)](db::Transaction& tx) { db::notify(tx, channel, ids); };
    co_await services.pool.run_statement(send);
}

boost::asio::awaitable<void> announce(Services& services, std::string_view channel, const std::vector<RunId>& run_ids) {
    std::vector<std::string> ids;
    for (RunId run_id : run_ids) ids.push_back(to_string(run_id));
    return announce(services, channel, std::move(ids));
}

boost::asio::awaitable<void> announce(Services& services, db::CancelResult result) {
    co_await announce(services, db::kCancelChannel, result.cancelled_task_runs);
    co_await announce(services, db::kRunsChannel, result.ended_runs);
    co_await announce(services, db::kClustersChannel, result.changed_clusters);
    co_await announce(services, db::kReadyChannel, result.ready_clusters);
}

boost::asio::awaitable<void> announce(Services& services, db::FinishResult result) {
    co_await announce(services, db::kRunsChannel, result.ended_runs);
    co_await announce(services, db::kClustersChannel, result.changed_clusters);
    co_await announce(services, db::kReadyChannel, result.ready_clusters);
}

boost::asio::awaitable<void> announce_to_scheduler(Services& services) {
    std::vector<std::string> news{"trigger"};
    return announce(services, db::kSchedulerChannel, std::move(news));
}

}  // namespace stoker::api
