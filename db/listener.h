#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

namespace stoker::db {

/// Channels. A payload is a comma-separated list of ids, never more.
inline constexpr std::string_view kReadyChannel = "stoker_ready";  // cluster ids with work to claim
inline constexpr std::string_view kRunsChannel =
    "stoker_runs";  // job-level run ids and task run ids that changed state to terminal
inline constexpr std::string_view kOutputsChannel = "stoker_outputs";        // job-level run ids with new live outputs
inline constexpr std::string_view kCancelChannel = "stoker_cancel";          // task run ids to end
inline constexpr std::string_view kClustersChannel = "stoker_clusters";      // cluster ids whose desired state changed
inline constexpr std::string_view kSchedulerChannel = "stoker_scheduler";    // nothing: control tasks or triggers wait
inline constexpr std::string_view kPrincipalsChannel = "stoker_principals";  // user names to forget

class Transaction;
class Pool;
/// NOTIFY as a statement of its own, after the commit it tells of: inside the transaction it would hold a database-wide
/// lock across the flush. Several payloads of 7,000 bytes at most when the list is long.
void notify(Transaction& tx, std::string_view channel, const std::vector<std::string>& ids);
void notify(Pool& pool, std::string_view channel, const std::vector<std::string>& ids);

/// One libpq connection that LISTENs, driven by the executor. Reconnects with back-off; after each (re)connect
/// `on_connect` is called so that the owner sweeps for what it may have missed. Callbacks run on the executor.
class Listener {
  public:
    using OnNotify = std::function<void(std::string_view channel, const std::vector<std::string>& ids)>;
    Listener(boost::asio::any_io_executor executor, std::string dsn, std::vector<std::string> channels,
             OnNotify on_notify, std::function<void()> on_connect);
    ~Listener();  // stops

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace stoker::db
