#include "api/schema/jobs.h"

#include <array>

#include "api/schema/common.h"
#include "api/schema/tasks.h"

namespace stoker::api::schema {
namespace {
constexpr std::string_view kFormats[] = {"SINGLE_TASK", "MULTI_TASK"};
constexpr std::string_view kRetryModes[] = {"NEVER", "ON_FAILURE"};
constexpr std::string_view kUnits[] = {"MINUTES", "HOURS", "DAYS", "WEEKS"};
constexpr std::string_view kRunTypes[] = {"JOB_RUN", "SUBMIT_RUN", "WORKFLOW_RUN"};
constexpr std::string_view kViews[] = {"CODE", "DASHBOARDS", "ALL"};
constexpr std::string_view kSqlCondition = "SQL conditions of triggers are not available.";

constexpr Field kScheduleFields[] = {
    text("quartz_cron_expression").required(),
    text("timezone_id").required(),
    text("pause_status").one_of(kPauseStatuses),
    object("sql_condition").refused(kSqlCondition),
};

constexpr Field kPeriodicFields[] = {integer("interval").required().at_least(1),
                                     text("unit").required().one_of(kUnits)};
constexpr Schema kPeriodic{"PeriodicTrigger", kPeriodicFields};
constexpr Field kFileArrivalFields[] = {
    text("url").required().noted("a folder of DBFS: dbfs:/…, /dbfs/… or /Volumes/…"),
    integer("min_time_between_triggers_seconds").at_least(60),
    integer("wait_after_last_change_seconds").at_least(60),
};
constexpr Schema kFileArrival{"FileArrivalTrigger", kFileArrivalFields};
constexpr Field kTriggerFields[] = {
    text("pause_status").one_of(kPauseStatuses),
    object("periodic", &kPeriodic),
    object("file_arrival", &kFileArrival),
    object("table_update").refused("table-update triggers are not available; use a schedule or file_arrival."),
    object("table").refused("table-update triggers are not available; use a schedule or file_arrival."),
    object("model").refused("model triggers are not available; use a schedule."),
    object("sql_condition").refused(kSqlCondition),
};
constexpr Schema kTrigger{"TriggerSettings", kTriggerFields};
constexpr Field kContinuousFields[] = {
    text("pause_status").one_of(kPauseStatuses),
    text("task_retry_mode").one_of(kRetryModes),
    object("maintenance_window").refused("there is no maintenance of serverless compute here."),
};
constexpr Schema kContinuous{"Continuous", kContinuousFields};

constexpr Field kParameterFields[] = {text("name").required().noted("letters, digits, '_', '-' and '.'"),
                                      text("default").required().may_be_empty()};
constexpr Schema kParameter{"JobParameterDefinition", kParameterFields};

constexpr std::string_view kBudgets = "nobody is billed here.";
/// Of jobs and of submitted runs.
constexpr std::array kShared{
    integer("timeout_seconds").at_least(0),
    object("git_source", &kGitSource),
    object("email_notifications", &kEmailNotifications),
    object("webhook_notifications", &kWebhookNotifications),
    object("notification_settings", &kJobNotificationSettings),
    object("health", &kHealth),
    object("queue", &kQueue),
    objects("environments", &kEnvironment),
    object("run_as", &kRunAs),
    objects("access_control_list", &kAccessControl),
    text_map("tags").at_most(25).noted("stoker.isolation and stoker.priority are options of Stoker's own"),
    text("budget_policy_id").echoed(kBudgets),
    text("usage_policy_id").echoed(kBudgets),
    text("performance_target").echoed("serverless tasks always start as fast as they can."),
    text("duration_target").echoed("runs always end as fast as they can."),
    objects("environment_variables").refused("not available; use spark_env_vars of the cluster."),
};
constexpr std::array kOfJobs{
    text("name").at_most(4096),
    text("description").at_most(27'700),
    text("format").one_of(kFormats).noted("ignored, as by the reference"),
    objects("tasks", &kTask).at_most(1000),
    objects("job_clusters", &kJobCluster),
    objects("parameters", &kParameter),
    object("schedule", &kCronSchedule),
    object("trigger", &kTrigger),
    object("continuous", &kContinuous),
    objects("triggers").refused("send schedule, trigger or continuous."),
    integer("max_concurrent_runs").between(0, 1000),
    object("deployment").echoed("it tells who deployed the job."),
    text("edit_mode").echoed("there is no editor that could be locked."),
    text("parent_path").echoed("it is told by who deployed the job."),
};
constexpr std::array kOfSubmits{
    text("run_name").at_most(4096),        objects("tasks", &kTask).at_most(1000),
    objects("job_clusters", &kJobCluster), text("idempotency_token").at_most(64),
    objects("parameters", &kParameter),
};

constexpr Field kJobIdFields[] = {integer("job_id").required()};
constexpr Field kRunIdFields[] = {integer("run_id").required()};
constexpr Field kResetFields[] = {integer("job_id").required(), object("new_settings", &kJobSettings).required()};
constexpr Field kUpdateFields[] = {
    integer("job_id").required(),
    object("new_settings", &kJobSettings)
        .noted("what is sent replaces what is stored; items of tasks, job_clusters, environments and parameters by "
               "their key"),
    texts("fields_to_remove").noted("names of fields, or tasks/<task_key> and its like"),
};

constexpr Field kParameterSetFields[] = {
    text_map("job_parameters"),
    text_map("notebook_params"),
    texts("jar_params"),
    texts("python_params"),
    text_map("python_named_params"),
    texts("spark_submit_params"),
    text_map("sql_params"),
    texts("dbt_commands"),
    object("pipeline_params").refused("pipelines are not available."),
    text("performance_target").echoed("serverless tasks always start as fast as they can."),
    text("duration_target").echoed("runs always end as fast as they can."),
};
constexpr Field kRunNowFields[] = {
    integer("job_id").required(),
    text("idempotency_token").at_most(64),
    object("queue", &kQueue),
    texts("only").noted("task keys; '+' before or after one takes what comes before or after it, too"),
};
constexpr Field kRepairFields[] = {
    integer("run_id").required(),     texts("rerun_tasks"),        boolean("rerun_all_failed_tasks"),
    boolean("rerun_dependent_tasks"), integer("latest_repair_id"),
};
constexpr Field kBatchRunFields[] = {
    text("idempotency_token").at_most(64), text_map("notebook_params"), text_map("job_parameters"),
    text_map("python_named_params"),       texts("python_params"),      texts("jar_params"),
    texts("spark_submit_params"),          text_map("sql_params")};
constexpr Schema kBatchRun{"BatchRun", kBatchRunFields};
constexpr Field kRunBatchFields[] = {objects("runs", &kBatchRun).required().at_most(1000), object("queue", &kQueue)};

constexpr Field kGetJobFields[] = {
    integer("job_id").required(), text("page_token"), boolean("include_trigger_state"),
    boolean("include_trigger_history").echoed("runs/list tells what a trigger has begun.")};
constexpr Field kPageFields[] = {
    integer("limit").noted("0 = as many as there may be"),
    integer("offset").at_least(0),
    text("page_token"),
};
constexpr Schema kPage{"Page", kPageFields};
constexpr Field kListJobsFields[] = {text("name"), boolean("expand_tasks"),
                                     boolean("include_user_names").echoed("creators are always shown.")};
constexpr Field kListRunsFields[] = {
    integer("job_id"),
    boolean("active_only"),
    boolean("completed_only"),
    boolean("expand_tasks"),
    text("run_type").one_of(kRunTypes),
    integer("start_time_from"),
    integer("start_time_to"),
};
constexpr Field kGetRunFields[] = {integer("run_id").required(), boolean("include_history"),
                                   boolean("include_resolved_values"), text("page_token")};
constexpr Field kOutputsFields[] = {text("page_token")};
constexpr Field kExportFields[] = {integer("run_id").required(), text("views_to_export").one_of(kViews)};
constexpr Field kCancelAllFields[] = {integer("job_id"), boolean("all_queued_runs")};
constexpr Field kSetPermissionsFields[] = {objects("access_control_list", &kAccessControl)};
constexpr Schema kRunSettings{"RunSettings", kShared, &kFlatTask};
}  // namespace

constexpr Schema kCronSchedule{"CronSchedule", kScheduleFields};
constexpr Schema kParameterSets{"ParameterSets", kParameterSetFields};
constexpr Schema kJobSettings{"JobSettings", kOfJobs, &kRunSettings};
constexpr Schema kSubmitRun{"SubmitRun", kOfSubmits, &kRunSettings};
constexpr Schema kJobId{"JobId", kJobIdFields};
constexpr Schema kRunId{"RunId", kRunIdFields};
constexpr Schema kResetJob{"ResetJob", kResetFields};
constexpr Schema kUpdateJob{"UpdateJob", kUpdateFields};
constexpr Schema kRunNow{"RunNow", kRunNowFields, &kParameterSets};
constexpr Schema kRepairRun{"RepairRun", kRepairFields, &kParameterSets};
constexpr Schema kRunBatch{"RunBatch", kRunBatchFields};
constexpr Schema kGetJob{"GetJob", kGetJobFields};
constexpr Schema kListJobs{"ListJobs", kListJobsFields, &kPage};
constexpr Schema kListRuns{"ListRuns", kListRunsFields, &kPage};
constexpr Schema kGetRun{"GetRun", kGetRunFields};
constexpr Schema kGetOutputs{"GetOutputs", kOutputsFields};
constexpr Schema kExportRun{"ExportRun", kExportFields};
constexpr Schema kCancelAll{"CancelAllRuns", kCancelAllFields};
constexpr Schema kSetPermissions{"SetPermissions", kSetPermissionsFields};

}  // namespace stoker::api::schema
