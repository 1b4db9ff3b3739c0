#pragma once
#include <string>
#include <vector>

#include "db/run_store.h"

namespace stoker::db {

/// The argument of routine enqueue_runs, and the word in its answer: shared by the store and the group-commit writer.
std::string enqueue_requests_json(const std::vector<EnqueueRequest>& requests);
EnqueueOutcome enqueue_outcome(const std::string& word);

}  // namespace stoker::db
