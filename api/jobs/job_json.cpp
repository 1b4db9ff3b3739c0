#include "api/jobs/job_json.h"

#include "api/wire/job_settings.h"
#include "api/wire/page_token.h"

namespace stoker::api {

nlohmann::json job_json(const db::JobRow& job, ApiVersion version, std::size_t first_task) {
    nlohmann::json object{{"job_id", job.job_id.value},
                          {"creator_user_name", job.creator_user_name},
                          {"run_as_user_name", job.run_as_user_name},
                          {"created_time", job.created_time},
                          {"settings", settings_json(job.settings, job.format, version)}};
    if (!object["settings"].contains("tasks")) return object;
    auto& tasks = object["settings"]["tasks"];
    if (tasks.size() <= kTaskPage && first_task == 0) return object;
    if (version != ApiVersion::k22) throw too_many_tasks(tasks.size());
    const std::size_t end = std::min(tasks.size(), first_task + kTaskPage);
    if (end < tasks.size()) object["next_page_token"] = offset_token(end);
    auto page = nlohmann::json::array();
    for (std::size_t i = first_task; i < end; ++i) page.push_back(std::move(tasks[i]));
    tasks = std::move(page);
    return object;
}

}  // namespace stoker::api
