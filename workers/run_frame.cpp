#include "workers/parameters.h"
#include "workers/task_runner.h"

namespace stoker::workers {
using Json = nlohmann::json;

Json run_environ(const clusters::WorkerLaunch& launch, const ActiveRun& run) {
    return {{"DATABRICKS_HOST", launch.server_url},
            {"DATABRICKS_TOKEN", run.claim.kernel_token},
            {"MLFLOW_TRACKING_URI", launch.server_url},
            {"MLFLOW_TRACKING_TOKEN", run.claim.kernel_token},
            {"MLFLOW_EXPERIMENT_NAME", run.notebook_path}};
}

Json run_frame(const clusters::WorkerLaunch& launch, const ActiveRun& run) {
    const db::ClaimedTaskRun& claim = run.claim;
    Json context = {{"jobId", to_string(claim.job_id)},
                    {"runId", to_string(claim.run_id)},
                    {"currentRunId", to_string(claim.run_id)},
                    {"multitaskParentRunId", to_string(claim.job_run_id)},
                    {"taskKey", claim.task_key},
                    {"attemptNumber", std::to_string(claim.attempt_number)},
                    {"clusterId", launch.cluster_id},
                    {"clusterName", launch.cluster_name},
                    {"sparkVersion", launch.spark_version},
                    {"user", claim.run_as_user_name},
                    {"notebookPath", run.notebook_path},
                    {"apiUrl", launch.server_url},
                    {"orgId", launch.workspace_id}};
    return {{"op", "run"},
            {"run_id", claim.run_id.value},
            {"job_run_id", claim.job_run_id.value},
            {"job_id", claim.job_id.value},
            {"task_key", claim.task_key},
            {"keep", run.shared.has_value()},
            {"environ", run_environ(launch, run)},
            {"widgets", widgets_of(claim.definition, claim.overriding_parameters, claim.job_parameters)},
            {"notebook",
             {{"path", run.notebook_path},
              {"format", claim.source_format},
              {"language", claim.source_language},
              {"content", claim.source_content.value_or("")}}},
            {"context", std::move(context)}};
}

}  // namespace stoker::workers
