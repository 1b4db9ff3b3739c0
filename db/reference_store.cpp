#include "db/reference_store.h"

#include "db/transaction.h"

namespace stoker::db {

std::map<RunId, std::string> find_reference_values(Transaction& tx, const std::vector<RunId>& task_run_ids) {
    std::map<RunId, std::string> values;
    for (const auto& row : tx.query("find_reference_values", {Param::array(task_run_ids)})) {
        RunId run_id;
        read_id(row["run_id"], run_id);
        values[run_id] = text_of(row["reference_values"]);
    }
    return values;
}

}  // namespace stoker::db
