#pragma once
#include <string>
#include <utility>
#include <vector>

#include "db/job_store.h"
#include "db/run_store.h"

namespace stoker::scheduler {

/// A run of the job that no client asked for, with its job parameters and over them `given`.
db::EnqueueRequest own_run(db::Transaction& tx, const db::JobRow& job, const std::string& signing_key,
                           const std::vector<std::pair<std::string, std::string>>& given = {});

}  // namespace stoker::scheduler
