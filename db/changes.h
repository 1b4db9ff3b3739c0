#pragma once
#include "db/task_run_store.h"
#include "db/transaction.h"

namespace stoker::db {

/// The columns of a run_changes, each id once.
FinishResult changes_row(const pqxx::row& row);

}  // namespace stoker::db
