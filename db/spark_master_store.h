#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.h"

namespace stoker::db {

class Transaction;

/// Cluster ids whose Spark is wanted, or whose master is elsewhere now.
inline constexpr std::string_view kSparkChannel = "stoker_spark";

/// The master of a cluster's Spark, which runs in its head worker.
struct SparkMaster {
    std::string secret;      // by which the cluster's parts know one another
    std::string master_url;  // "" = it is being started
};
/// As the worker's cluster and generation have it; nullopt: nobody has wanted it yet.
std::optional<SparkMaster> spark_master_of(Transaction& tx, const WorkerId& worker_id);
/// true: nobody of the worker's cluster and generation wanted it before.
bool want_spark_master(Transaction& tx, const WorkerId& worker_id);
void spark_master_is_at(Transaction& tx, const WorkerId& head_worker_id, const std::string& master_url);

}  // namespace stoker::db
