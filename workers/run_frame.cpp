#include "workers/parameters.h"
#include "workers/task_runner.h"

namespace stoker::workers {
using Json = nlohmann::json;

namespace {

/// null: the kernel reads it over the API.
Json content_of(const db::ClaimedTaskRun& claim) {
    return claim.source_content ? Json(*claim.source_content) : Json();
}

}  // namespace

Json run_environ(const clusters::WorkerLaunch& launch, const ActiveRun& run) {
    Json environ = {{"DATABRICKS_HOST", launch.server_url},
                    {"DATABRICKS_TOKEN", run.claim.kernel_token},
                    {"MLFLOW_TRACKING_URI", launch.server_url},
                    {"MLFLOW_TRACKING_TOKEN", run.claim.kernel_token}};
    // Programs have no experiment of their own, and whoever names one by its id must find no name beside it.
    if (run.program.is_null()) environ["MLFLOW_EXPERIMENT_NAME"] = run.notebook_path;
    return environ;
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
                    {"sparkVersion", launch.spark.key},
                    {"user", claim.run_as_user_name},
                    {"notebookPath", run.notebook_path},
                    {"apiUrl", launch.server_url},
                    {"orgId", launch.workspace_id}};
    Json frame = {{"op", "run"},
                  {"run_id", claim.run_id.value},
                  {"job_run_id", claim.job_run_id.value},
                  {"job_id", claim.job_id.value},
                  {"task_key", claim.task_key},
                  {"keep", run.shared.has_value()},
                  {"environ", run_environ(launch, run)},
                  {"widgets", widgets_of(run.inputs)},
                  {"context", std::move(context)}};
    if (run.program.is_null()) {
        frame["notebook"] = {{"path", run.notebook_path},
                             {"format", claim.source_format},
                             {"language", claim.source_language},
                             {"content", content_of(claim)}};
        if (run.checkout)
            frame["checkout"] = {{"path", run.checkout->workspace_folder()},
                                 {"folder", run.checkout->folder().string()}};
    } else {
        frame["program"] = run.program;
    }
    return frame;
}

}  // namespace stoker::workers
