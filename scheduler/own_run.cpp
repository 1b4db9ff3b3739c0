#include "scheduler/own_run.h"

#include <nlohmann/json.hpp>

#include "core/job_parameters.h"
#include "core/signed_token.h"

namespace stoker::scheduler {

db::EnqueueRequest own_run(db::Transaction& tx, const db::JobRow& job, const std::string& signing_key,
                           const std::vector<std::pair<std::string, std::string>>& given) {
    db::EnqueueRequest request;
    request.run_id = db::allocate_run_ids(tx, 1).front();
    request.job_id = job.job_id;
    request.job_version = job.job_version;
    request.creator_user_name = job.creator_user_name;
    request.run_as_user_name = job.run_as_user_name;
    request.kernel_token = sign_run_token(signing_key, {request.run_id, job.run_as_user_name});
    const auto parameters = resolved_job_parameters(nlohmann::json::parse(job.settings), given);
    if (!parameters.empty()) request.job_parameters = parameters.dump();
    return request;
}

}  // namespace stoker::scheduler
