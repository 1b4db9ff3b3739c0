#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"

namespace stoker::db {

class Transaction;

inline constexpr std::string_view kSparkPagesChannel = "stoker_spark_pages";  // worker ids that are asked for pages

/// A page of Spark's UI that is asked of a worker's driver. `target`: path and query as Spark knows them; `base`: where
/// the pages are for the browser, without a slash at the end.
struct SparkPageRequest {
    std::int64_t request_id = 0;
    std::string target;
    std::string base;
};

// --- A server's side. ---

/// Notify kSparkPagesChannel with the worker's id after the commit. Its request_id.
std::int64_t ask_spark_page(Transaction& tx, const WorkerId& worker_id, const SparkPageRequest& request);
/// The whole HTTP response in base64, once; nullopt: there is none yet.
std::optional<std::string> fetch_spark_page(Transaction& tx, std::int64_t request_id);
/// The workers of a cluster that are ready, the head first.
std::vector<WorkerId> spark_drivers_of(Transaction& tx, const ClusterId& cluster_id);

// --- A worker's side (role stoker_worker). ---

/// Those that were asked since it last took some.
std::vector<SparkPageRequest> take_spark_pages(Transaction& tx, const WorkerId& worker_id);
void answer_spark_page(Transaction& tx, const WorkerId& worker_id, std::int64_t request_id,
                       const std::string& response);

}  // namespace stoker::db
