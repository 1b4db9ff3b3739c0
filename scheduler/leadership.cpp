#include "scheduler/leadership.h"

#include <spdlog/spdlog.h>

#include "db/leader_store.h"

namespace stoker::scheduler {
namespace {
const std::string kLease = "scheduler";
}

Leadership::Leadership(db::Pool& pool, const Clock& clock, std::string owner, std::chrono::seconds lease)
    : pool_(pool), clock_(clock), owner_(std::move(owner)), lease_(lease) {}

bool Leadership::keep() {
    if (clock_.monotonic() < next_due_) return leads_;
    bool held = pool_.run_blocking(
        [&](db::Transaction& tx) { return db::hold_lease(tx, kLease, owner_, static_cast<int>(lease_.count())); });
    if (held != leads_) spdlog::info("scheduler owner={} {}", owner_, held ? "leads" : "no longer leads");
    leads_ = held;
    next_due_ = clock_.monotonic() + std::chrono::milliseconds(lease_) / 3;
    return leads_;
}

bool Leadership::fence(db::Transaction& tx) {
    leads_ = db::fence_lease(tx, kLease, owner_);
    return leads_;
}

void Leadership::resign() {
    if (!leads_) return;
    pool_.run_blocking([&](db::Transaction& tx) { db::release_lease(tx, kLease, owner_); });
    leads_ = false;
    next_due_ = {};
}

}  // namespace stoker::scheduler
