#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"

namespace stoker::db {
class Transaction;
struct FinishResult;
}  // namespace stoker::db

namespace stoker::scheduler {

/// Ids to tell of once the transaction that changed them has committed.
struct Notices {
    std::vector<std::string> runs;      // db::kRunsChannel
    std::vector<std::string> ready;     // db::kReadyChannel
    std::vector<std::string> clusters;  // db::kClustersChannel
    std::vector<std::string> cancel;    // db::kCancelChannel

    void add(const db::FinishResult& result);
};

struct ServiceResult {
    Notices notices;
    int done = 0;  // how many things it changed
    /// When it wants to be called again, if before its interval is over; 0 = at once, there is more of the same.
    std::optional<std::chrono::milliseconds> again_in;
};

/// One act that time brings. Called on the leader only, never twice at once.
class Service {
  public:
    virtual ~Service() = default;
    virtual std::string_view name() const = 0;
    virtual std::chrono::milliseconds interval() const = 0;
    /// Whether Scheduler::wake is for it: something it does cannot wait for the interval.
    virtual bool is_awaited() const { return false; }
    /// In a transaction that holds the leader's lease. Time that leases are reckoned with is the database's own.
    virtual ServiceResult run_once(db::Transaction& tx, EpochMillis now) = 0;
};

}  // namespace stoker::scheduler
