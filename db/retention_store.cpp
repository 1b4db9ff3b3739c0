#include "db/retention_store.h"

#include <algorithm>

#include "db/transaction.h"

namespace stoker::db {

int prune_runs(Transaction& tx, EpochMillis ended_before, int limit) {
    return static_cast<int>(number_of(tx.query("prune_runs", {ended_before, limit})[0]["pruned"]));
}

int prune_job_versions(Transaction& tx, int limit) {
    return static_cast<int>(number_of(tx.query("prune_job_versions", {limit})[0]["pruned"]));
}

int prune_clusters(Transaction& tx, EpochMillis terminated_before, int limit) {
    return static_cast<int>(number_of(tx.query("prune_clusters", {terminated_before, limit})[0]["pruned"]));
}

std::optional<std::chrono::milliseconds> next_ready_in(Transaction& tx) {
    auto rows = tx.query("next_ready_in_millis");
    if (rows[0]["millis"].is_null()) return std::nullopt;
    return std::chrono::milliseconds(std::max<std::int64_t>(0, number_of(rows[0]["millis"])));
}

}  // namespace stoker::db
