#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/ids.h"

namespace stoker::db {

class Transaction;

/// What `{{…}}` stands for in those of the task runs whose texts refer to values: JSON texts for core/value_references.
std::map<RunId, std::string> find_reference_values(Transaction& tx, const std::vector<RunId>& task_run_ids);

}  // namespace stoker::db
