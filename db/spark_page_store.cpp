#include "db/spark_page_store.h"

#include "db/transaction.h"

namespace stoker::db {

std::int64_t ask_spark_page(Transaction& tx, const WorkerId& worker_id, const SparkPageRequest& request) {
    return number_of(tx.query("ask_spark_page", {worker_id, request.target, request.base})[0]["request_id"]);
}

std::optional<std::string> fetch_spark_page(Transaction& tx, std::int64_t request_id) {
    const auto rows = tx.query("fetch_spark_page", {request_id});
    if (rows.empty()) return std::nullopt;
    return text_of(rows[0]["response"]);
}

std::vector<WorkerId> spark_drivers_of(Transaction& tx, const ClusterId& cluster_id) {
    std::vector<WorkerId> worker_ids;
    for (const auto& row : tx.query("spark_drivers_of", {cluster_id})) worker_ids.push_back(text_of(row["worker_id"]));
    return worker_ids;
}

std::vector<SparkPageRequest> take_spark_pages(Transaction& tx, const WorkerId& worker_id) {
    std::vector<SparkPageRequest> requests;
    for (const auto& row : tx.query("take_spark_pages", {worker_id}))
        requests.push_back({number_of(row["request_id"]), text_of(row["target"]), text_of(row["base"])});
    return requests;
}

void answer_spark_page(Transaction& tx, const WorkerId& worker_id, std::int64_t request_id,
                       const std::string& response) {
    tx.query("answer_spark_page", {worker_id, request_id, response});
}

}  // namespace stoker::db
