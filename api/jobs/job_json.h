#pragma once
#include <nlohmann/json.hpp>

#include "api/http/request.h"
#include "db/job_store.h"

namespace stoker::api {

/// The Job object of jobs/get, with the pages of its arrays that begin at `first_task`; next_page_token only where more
/// follow.
nlohmann::json job_json(const db::JobRow& job, ApiVersion version, std::size_t first_task);

}  // namespace stoker::api
