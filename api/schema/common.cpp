#include "api/schema/common.h"

namespace stoker::api::schema {
namespace {
constexpr std::int64_t kNoBound = std::numeric_limits<std::int64_t>::max();

constexpr Field kPypiFields[] = {text("package").required(), text("repo")};
constexpr Schema kPypi{"PypiLibrary", kPypiFields};
constexpr Field kMavenFields[] = {text("coordinates").required(), text("repo"), texts("exclusions")};
constexpr Schema kMaven{"MavenLibrary", kMavenFields};
constexpr Field kLibraryFields[] = {
    object("pypi", &kPypi),
    text("whl"),
    text("requirements"),
    object("maven", &kMaven),
    text("jar"),
    text("egg").refused("eggs are no longer supported; send a wheel."),
    object("cran").refused("R is not available."),
};

constexpr std::string_view kCloud = "it describes a cloud.";
constexpr std::string_view kCloudStorage = "cloud storage is not available; use workspace, dbfs, volumes or file.";
constexpr Field kDestinationFields[] = {text("destination").required().at_most(4096)};
constexpr Schema kDestination{"StorageInfo", kDestinationFields};
constexpr Field kInitScriptFields[] = {
    object("workspace", &kDestination),   object("dbfs", &kDestination),       object("volumes", &kDestination),
    object("file", &kDestination),        object("s3").refused(kCloudStorage), object("abfss").refused(kCloudStorage),
    object("gcs").refused(kCloudStorage),
};
constexpr Schema kInitScript{"InitScriptInfo", kInitScriptFields};
constexpr Field kClusterLogConfFields[] = {
    object("dbfs", &kDestination),
    object("volumes", &kDestination),
    object("s3").refused("cloud storage is not available; use dbfs or volumes."),
};
constexpr Schema kClusterLogConf{"ClusterLogConf", kClusterLogConfFields};
constexpr Field kAutoscaleFields[] = {integer("min_workers").required().between(0, 100'000),
                                      integer("max_workers").required().between(1, 100'000)};
constexpr Field kNewClusterFields[] = {
    text("cluster_name"),
    text("spark_version").noted("required, unless the policy sets it"),
    text("node_type_id"),
    text("driver_node_type_id"),
    integer("num_workers").between(0, 100'000),
    object("autoscale", &kAutoscale),
    integer("autotermination_minutes").between(0, 10'000),
    text_map("spark_conf"),
    text_map("spark_env_vars"),
    text_map("custom_tags").at_most(45),
    objects("libraries", &kLibrary),
    boolean("is_single_node"),
    object("aws_attributes").echoed(kCloud),
    object("azure_attributes").echoed(kCloud),
    object("gcp_attributes").echoed(kCloud),
    object("workload_type").echoed(kCloud),
    text("data_security_mode").echoed("every cluster here is used by its owner and admins only."),
    text("single_user_name").echoed("every cluster here is used by its owner and admins only."),
    text("runtime_engine").echoed("there is one engine."),
    text("kind").echoed("there is one kind."),
    boolean("enable_elastic_disk").echoed(kCloud),
    boolean("enable_local_disk_encryption").echoed(kCloud),
    boolean("apply_policy_default_values").noted("what the policy fixes is set in any case"),
    boolean("use_ml_runtime").echoed("every runtime here has the machine learning packages."),
    text("instance_pool_id"),
    text("driver_instance_pool_id").noted("of the head worker; the same pool unless sent"),
    objects("init_scripts", &kInitScript).noted("run in this order by each worker before it serves"),
    object("docker_image").refused("container images are not available; use libraries."),
    text("policy_id"),
    object("cluster_log_conf", &kClusterLogConf),
    texts("ssh_public_keys").refused("workers accept no SSH connections."),
    object("clone_from").refused("cloning is not available; send the whole definition."),
};
constexpr Field kJobClusterFields[] = {text("job_cluster_key").required(),
                                       object("new_cluster", &kNewCluster).required()};

constexpr Field kEnvironmentSpecFields[] = {
    text("environment_version").echoed("every serverless task has the newest runtime."),
    text("client").echoed("every serverless task has the newest runtime."),
    texts("dependencies"),
    texts("java_dependencies"),
    text("base_environment").refused("base environments are not available; name the dependencies."),
};
constexpr Schema kEnvironmentSpec{"EnvironmentSpec", kEnvironmentSpecFields};
constexpr Field kEnvironmentFields[] = {text("environment_key").required(), object("spec", &kEnvironmentSpec)};

constexpr Field kQueueFields[] = {boolean("enabled").required()};
constexpr Field kRunAsFields[] = {text("user_name"), text("service_principal_name"),
                                  text("group_name").refused("groups cannot run jobs here.")};
constexpr Field kAccessControlFields[] = {text("user_name"), text("group_name"), text("service_principal_name"),
                                          text("permission_level").required().one_of(kJobPermissionLevels)};

constexpr Field kSparseCheckoutFields[] = {texts("patterns")};
constexpr Schema kSparseCheckout{"SparseCheckout", kSparseCheckoutFields};
constexpr Field kGitSourceFields[] = {
    text("git_url").required().at_most(300),
    text("git_provider").required(),
    text("git_branch").at_most(255),
    text("git_tag").at_most(255),
    text("git_commit").at_most(64),
    object("sparse_checkout", &kSparseCheckout),
    object("git_snapshot").echoed("it is what a run answers."),
    object("job_source").echoed("it tells where the definition came from."),
};

constexpr std::string_view kStreaming = "there are no streaming metrics here.";
constexpr std::string_view kMaintenance = "there is no maintenance of serverless compute here.";
constexpr std::int64_t kMaxAddresses = 100;  // an event; each is a mail of its own
constexpr Field kEmailFields[] = {
    texts("on_start").at_most(kMaxAddresses),
    texts("on_success").at_most(kMaxAddresses),
    texts("on_failure").at_most(kMaxAddresses),
    texts("on_duration_warning_threshold_exceeded").at_most(kMaxAddresses),
    texts("on_streaming_backlog_exceeded").refused(kStreaming),
    texts("on_maintenance_start").refused(kMaintenance),
    texts("on_maintenance_complete").refused(kMaintenance),
    boolean("no_alert_for_skipped_runs"),
};
constexpr Field kWebhookFields[] = {text("id").required()};
constexpr Schema kWebhook{"Webhook", kWebhookFields};
constexpr Field kWebhooksFields[] = {
    objects("on_start", &kWebhook).at_most(3),
    objects("on_success", &kWebhook).at_most(3),
    objects("on_failure", &kWebhook).at_most(3),
    objects("on_duration_warning_threshold_exceeded", &kWebhook).at_most(3),
    objects("on_streaming_backlog_exceeded").refused(kStreaming),
    objects("on_maintenance_start").refused(kMaintenance),
    objects("on_maintenance_complete").refused(kMaintenance),
};
constexpr Field kJobNotificationFields[] = {boolean("no_alert_for_skipped_runs"),
                                            boolean("no_alert_for_canceled_runs")};
constexpr Field kTaskNotificationFields[] = {boolean("no_alert_for_skipped_runs"),
                                             boolean("no_alert_for_canceled_runs"), boolean("alert_on_last_attempt")};
constexpr std::string_view kMetrics[] = {"RUN_DURATION_SECONDS"};
constexpr std::string_view kOperators[] = {"GREATER_THAN"};
constexpr Field kHealthRuleFields[] = {
    text("metric").required().one_of(kMetrics).noted("STREAMING_BACKLOG_* are refused."),
    text("op").required().one_of(kOperators),
    integer("value").required().between(1, kNoBound),
};
constexpr Schema kHealthRule{"HealthRule", kHealthRuleFields};
constexpr Field kHealthFields[] = {objects("rules", &kHealthRule)};
}  // namespace

constexpr Schema kAutoscale{"AutoScale", kAutoscaleFields};
constexpr Schema kLibrary{"Library", kLibraryFields};
constexpr Schema kNewCluster{"NewCluster", kNewClusterFields};
constexpr Schema kJobCluster{"JobCluster", kJobClusterFields};
constexpr Schema kEnvironment{"JobEnvironment", kEnvironmentFields};
constexpr Schema kQueue{"Queue", kQueueFields};
constexpr Schema kRunAs{"RunAs", kRunAsFields};
constexpr Schema kAccessControl{"AccessControlRequest", kAccessControlFields};
constexpr Schema kGitSource{"GitSource", kGitSourceFields};
constexpr Schema kEmailNotifications{"EmailNotifications", kEmailFields};
constexpr Schema kWebhookNotifications{"WebhookNotifications", kWebhooksFields};
constexpr Schema kJobNotificationSettings{"JobNotificationSettings", kJobNotificationFields};
constexpr Schema kTaskNotificationSettings{"TaskNotificationSettings", kTaskNotificationFields};
constexpr Schema kHealth{"Health", kHealthFields};
constexpr Schema kNothing{"Nothing", {}};

}  // namespace stoker::api::schema
