#include "db/spark_master_store.h"

#include "db/transaction.h"

namespace stoker::db {

std::optional<SparkMaster> spark_master_of(Transaction& tx, const WorkerId& worker_id) {
    const auto rows = tx.query("spark_master_of", {worker_id});
    if (rows.empty()) return std::nullopt;
    return SparkMaster{text_of(rows[0]["secret"]), text_of(rows[0]["master_url"])};
}

bool want_spark_master(Transaction& tx, const WorkerId& worker_id) {
    return tx.query("want_spark_master", {worker_id})[0]["first"].as<bool>();
}

void spark_master_is_at(Transaction& tx, const WorkerId& head_worker_id, const std::string& master_url) {
    tx.query("spark_master_is_at", {head_worker_id, master_url});
}

}  // namespace stoker::db
