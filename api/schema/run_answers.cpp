#include <array>

#include "api/schema/common.h"
#include "api/schema/jobs.h"
#include "api/schema/runs.h"
#include "api/schema/tasks.h"

namespace stoker::api::schema {
namespace {
constexpr std::string_view kLifeCycleStates[] = {"QUEUED",     "PENDING",           "BLOCKED",
                                                 "RUNNING",    "WAITING_FOR_RETRY", "TERMINATING",
                                                 "TERMINATED", "SKIPPED",           "INTERNAL_ERROR"};
constexpr std::string_view kResultStates[] = {"SUCCESS",
                                              "FAILED",
                                              "TIMEDOUT",
                                              "CANCELED",
                                              "MAXIMUM_CONCURRENT_RUNS_REACHED",
                                              "EXCLUDED",
                                              "SUCCESS_WITH_FAILURES",
                                              "UPSTREAM_FAILED",
                                              "UPSTREAM_CANCELED",
                                              "DISABLED"};
constexpr std::string_view kStatusStates[] = {"QUEUED",  "PENDING",     "BLOCKED",   "RUNNING",
                                              "WAITING", "TERMINATING", "TERMINATED"};
constexpr std::string_view kFormats[] = {"SINGLE_TASK", "MULTI_TASK"};
constexpr std::string_view kRunTypes[] = {"JOB_RUN", "SUBMIT_RUN", "WORKFLOW_RUN"};
constexpr std::string_view kRepairTypes[] = {"ORIGINAL", "REPAIR"};

constexpr Field kStateFields[] = {
    text("life_cycle_state").required().one_of(kLifeCycleStates),
    text("result_state").one_of(kResultStates),
    text("state_message").required().may_be_empty(),
    boolean("user_cancelled_or_timedout").required(),
    text("queue_reason"),
};
constexpr Schema kState{"RunState", kStateFields};
constexpr Field kDetailFields[] = {text("code").required(), text("type"), text("message").required().may_be_empty()};
constexpr Schema kTermination{"TerminationDetails", kDetailFields};
constexpr Field kQueueFields[] = {text("code").required(), text("message").required().may_be_empty()};
constexpr Schema kQueueDetails{"QueueDetails", kQueueFields};
constexpr Field kStatusFields[] = {text("state").required().one_of(kStatusStates),
                                   object("termination_details", &kTermination),
                                   object("queue_details", &kQueueDetails)};
constexpr Schema kStatus{"RunStatus", kStatusFields};

constexpr Field kInstanceFields[] = {text("cluster_id").required(), text("spark_context_id").required()};
constexpr Schema kInstance{"ClusterInstance", kInstanceFields};
constexpr Field kClusterSpecFields[] = {text("existing_cluster_id"), object("new_cluster", &kNewCluster),
                                        objects("libraries", &kLibrary)};
constexpr Schema kClusterSpec{"ClusterSpec", kClusterSpecFields};
constexpr Field kParameterFields[] = {text("name").required(), text("default").may_be_empty(),
                                      text("value").may_be_empty()};
constexpr Schema kParameter{"JobParameter", kParameterFields};
constexpr Field kTriggerInfoFields[] = {integer("run_id").required()};
constexpr Schema kTriggerInfo{"TriggerInfo", kTriggerInfoFields};

/// Of runs and of their task runs.
constexpr std::array kTimes{
    integer("start_time").required(),       integer("end_time").required(),
    integer("setup_duration").required(),   integer("execution_duration").required(),
    integer("cleanup_duration").required(), integer("run_duration").required(),
    object("state", &kState).required(),    object("status", &kStatus).required(),
    text("run_page_url").required(),        object("cluster_instance", &kInstance),
};
constexpr Schema kTimesOfTasks{"TaskRunTimes", kTimes, &kTask};
constexpr Schema kTimesOfRuns{"RunTimes", kTimes};
constexpr Field kTaskRunFields[] = {
    integer("run_id").required(),
    integer("attempt_number").required(),
    object("resolved_values"),
};
constexpr Schema kTaskRun{"RunTask", kTaskRunFields, &kTimesOfTasks};

constexpr Field kRepairFields[] = {
    text("type").required().one_of(kRepairTypes),
    integer("id"),
    integer("start_time").required(),
    integer("end_time").required(),
    object("state", &kState).required(),
    object("status", &kStatus).required(),
    integers("task_run_ids").required(),
};
constexpr Schema kRepair{"RepairHistoryItem", kRepairFields};
constexpr Field kRunFields[] = {
    integer("job_id").required(),
    integer("run_id").required(),
    integer("number_in_job").required(),
    integer("job_run_id").required(),
    integer("original_attempt_run_id").required(),
    text("creator_user_name").required(),
    text("run_name").required(),
    text("run_type").required().one_of(kRunTypes),
    text("trigger").required(),
    integer("queue_duration").required(),
    text("format").one_of(kFormats),
    text("description"),
    object("trigger_info", &kTriggerInfo),
    object("schedule", &kCronSchedule),
    object("git_source", &kGitSource),
    objects("job_clusters", &kJobCluster),
    object("overriding_parameters", &kParameterSets),
    objects("job_parameters", &kParameter),
    objects("tasks", &kTaskRun),
    text("task_key").noted("of a task run"),
    integer("attempt_number").noted("of a task run"),
    object("task", &kTaskType).noted("2.0, of a run without tasks"),
    object("cluster_spec", &kClusterSpec).noted("2.0, of a run without tasks"),
    objects("iterations", &kTaskRun).noted("of a for-each task run"),
    objects("repair_history", &kRepair),
    boolean("has_more").noted("of a list: the run has more tasks than are shown"),
    text("next_page_token"),
};
constexpr Field kRunListFields[] = {objects("runs", &kRun), boolean("has_more").required(), text("next_page_token"),
                                    text("prev_page_token")};

constexpr Field kNotebookOutputFields[] = {text("result").may_be_empty(), boolean("truncated")};
constexpr Schema kNotebookOutput{"NotebookOutput", kNotebookOutputFields};
constexpr Field kRunJobOutputFields[] = {integer("run_id").required()};
constexpr Schema kRunJobOutput{"RunJobOutput", kRunJobOutputFields};
constexpr Field kSqlStatementFields[] = {text("lookup_key").required()};
constexpr Schema kSqlStatement{"SqlStatementOutput", kSqlStatementFields};
constexpr Field kSqlQueryOutputFields[] = {text("warehouse_id").may_be_empty(), text("query_text").may_be_empty(),
                                           objects("sql_statements", &kSqlStatement)};
constexpr Schema kSqlQueryOutput{"SqlQueryOutput", kSqlQueryOutputFields};
constexpr Field kSqlOutputFields[] = {object("query_output", &kSqlQueryOutput)};
constexpr Schema kSqlOutput{"SqlOutput", kSqlOutputFields};
constexpr Field kDbtOutputFields[] = {text("artifacts").noted("dbfs path of an archive")};
constexpr Schema kDbtOutput{"DbtOutput", kDbtOutputFields};
constexpr std::array kOutputs{
    object("notebook_output", &kNotebookOutput),
    object("run_job_output", &kRunJobOutput),
    object("sql_output", &kSqlOutput),
    object("dbt_output", &kDbtOutput),
    text("logs"),
    boolean("logs_truncated"),
    text("error"),
    text("error_trace"),
};
constexpr Schema kOutput{"TaskOutput", kOutputs};
constexpr Field kRunOutputFields[] = {object("metadata", &kRun).required()};

constexpr Field kTaskOutputFields[] = {
    text("task_key").required(),           integer("run_id").required(),   integer("attempt_number").required(),
    integer("start_time").required(),      integer("end_time").required(), object("state", &kState).required(),
    object("status", &kStatus).required(), integer("for_each_run_id"),     integer("iteration"),
};
constexpr Schema kOneOutput{"TaskRunOutput", kTaskOutputFields, &kOutput};
constexpr Field kRunOutputsFields[] = {
    integer("run_id").required(),
    object("state", &kState).required(),
    object("status", &kStatus).required(),
    objects("outputs", &kOneOutput).required(),
    text("next_page_token"),
};

constexpr Field kViewFields[] = {text("content").required(), text("name").required(), text("type").required()};
constexpr Schema kView{"ViewItem", kViewFields};
constexpr Field kExportedFields[] = {objects("views", &kView).required()};

constexpr Field kWaitedTaskFields[] = {text("task_key").required(), integer("run_id").required(),
                                       object("state", &kState).required()};
constexpr Schema kWaitedTask{"WaitedTask", kWaitedTaskFields};
constexpr std::array kStarted{
    integer("run_id").required(),
    integer("number_in_job"),
    object("state", &kState).noted("with Prefer: wait, as all that follows"),
    object("status", &kStatus),
    objects("tasks", &kWaitedTask),
};
constexpr Field kOneOfManyFields[] = {integer("run_id").required(), integer("number_in_job").required(),
                                      boolean("created").required().noted("false: its token had been used")};
constexpr Schema kOneOfMany{"BatchedRun", kOneOfManyFields};
constexpr Field kStartedRunsFields[] = {objects("runs", &kOneOfMany).required()};
constexpr Field kRepairedFields[] = {integer("repair_id").required()};
}  // namespace

constexpr Schema kStartedRun{"StartedRun", kStarted, &kOutput};
constexpr Schema kStartedRuns{"StartedRuns", kStartedRunsFields};
constexpr Schema kRepaired{"RepairedRun", kRepairedFields};
constexpr Schema kRun{"Run", kRunFields, &kTimesOfRuns};
constexpr Schema kRunList{"RunList", kRunListFields};
constexpr Schema kRunOutput{"RunOutput", kRunOutputFields, &kOutput};
constexpr Schema kRunOutputs{"RunOutputs", kRunOutputsFields};
constexpr Schema kExportedRun{"ExportedRun", kExportedFields};

}  // namespace stoker::api::schema
