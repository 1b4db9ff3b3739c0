#include "api/jobs/endpoints.h"
#include "api/jobs/job_access.h"
#include "api/jobs/job_json.h"
#include "api/services.h"
#include "api/wire/page_token.h"
#include "core/error.h"
#include "db/pool.h"
#include "db/trigger_store.h"

namespace stoker::api::jobs {

namespace {
nlohmann::json trigger_state(const db::TriggerRow& trigger) {
    nlohmann::json state{{"pause_status", trigger.paused ? "PAUSED" : "UNPAUSED"}};
    if (trigger.kind == "FILE_ARRIVAL") state["file_arrival"] = {{"using_file_events", false}};
    return state;
}
}  // namespace

Answer get(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const JobId job_id{parameters.integer("job_id")};
    const std::size_t first_task = parse_offset_token(parameters);
    const bool with_trigger = parameters.boolean_or("include_trigger_state", false);
    auto read = [job_id, principal = request.principal, action = request.endpoint->action](db::Transaction& tx) {
        auto job = db::find_job(tx, job_id);
        if (!job) throw ApiError::job_does_not_exist(job_id);
        authorize_job(tx, principal, action, *job);
        return std::pair(std::move(*job), db::find_trigger(tx, job_id));
    };
    const auto [job, trigger] = co_await services.pool.read(read);
    nlohmann::json answer = job_json(job, request.version, first_task);
    if (with_trigger && trigger) answer["trigger_state"] = trigger_state(*trigger);
    co_return json_response(answer);
}

}  // namespace stoker::api::jobs
