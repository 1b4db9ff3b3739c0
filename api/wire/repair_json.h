#pragma once
#include <vector>

#include <nlohmann/json.hpp>

#include "api/http/request.h"
#include "db/repair_store.h"
#include "db/run_store.h"

namespace stoker::api {

/// `repair_history` of a run: the ORIGINAL first, then each REPAIR. `repairs` is empty for a run that was never
/// repaired.
nlohmann::json repair_history(const db::RunRow& run, const std::vector<db::RepairRow>& repairs, ApiVersion version);

}  // namespace stoker::api
