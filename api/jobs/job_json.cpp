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
    nlohmann::json& settings = object["settings"];
    if (version != ApiVersion::k22 && settings.contains("tasks") && settings["tasks"].size() > kTaskPage)
        throw too_many_tasks(settings["tasks"].size());
    if (cut_pages(settings, first_task, {"tasks", "job_clusters", "parameters", "environments"}))
        object["next_page_token"] = offset_token(first_task + kTaskPage);
    return object;
}

}  // namespace stoker::api
