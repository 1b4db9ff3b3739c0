#include "db/enqueue_json.h"

#include <stdexcept>

#include <nlohmann/json.hpp>

namespace stoker::db {

std::string enqueue_requests_json(const std::vector<EnqueueRequest>& requests) {
    auto list = nlohmann::json::array();
    for (const EnqueueRequest& request : requests) {
        nlohmann::json item{{"position", list.size()},        {"run_id", request.run_id.value},
                            {"job_id", request.job_id.value}, {"creator_user_name", request.creator_user_name},
                            {"run_type", request.run_type},   {"trigger", request.trigger}};
        auto add = [&](const char* name, const std::string& text) {
            if (!text.empty()) item[name] = text;
        };
        add("run_name", request.run_name);
        add("idempotency_token", request.idempotency_token);
        add("overriding_parameters", request.overriding_parameters);
        add("job_parameters", request.job_parameters);
        add("kernel_token", request.kernel_token);
        if (!request.trigger_info.empty()) item["trigger_info"] = nlohmann::json::parse(request.trigger_info);
        if (request.parent_run_id) item["parent_run_id"] = request.parent_run_id.value;
        if (request.job_version != 0) item["job_version"] = request.job_version;
        if (request.queue_enabled) item["queue_enabled"] = *request.queue_enabled;
        if (!request.only.empty()) item["only_tasks"] = request.only;
        list.push_back(std::move(item));
    }
    return list.dump();
}

EnqueueOutcome enqueue_outcome(const std::string& word) {
    if (word == "CREATED") return EnqueueOutcome::kCreated;
    if (word == "DUPLICATE") return EnqueueOutcome::kDuplicate;
    if (word == "JOB_CHANGED") return EnqueueOutcome::kJobChanged;
    if (word == "JOB_DOES_NOT_EXIST") return EnqueueOutcome::kJobDoesNotExist;
    throw std::logic_error("enqueue_runs answered " + word);
}

}  // namespace stoker::db
