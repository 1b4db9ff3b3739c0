#include "api/schema/clusters.h"

#include <array>

#include "api/schema/common.h"

namespace stoker::api::schema {
namespace {
constexpr std::string_view kOrders[] = {"ASC", "DESC"};
constexpr std::string_view kStates[] = {"PENDING",     "RUNNING",    "RESTARTING", "RESIZING",
                                        "TERMINATING", "TERMINATED", "ERROR",      "UNKNOWN"};
constexpr std::string_view kClusterSources[] = {"UI", "API", "JOB", "MODELS", "PIPELINE", "PIPELINE_MAINTENANCE",
                                                "SQL"};
constexpr std::string_view kSortFields[] = {"CLUSTER_NAME", "DEFAULT"};
constexpr std::string_view kNotIn20 = "not in 2.0, which answers all";
// Those of the reference: most never happen here.
constexpr std::string_view kEventTypes[] = {
    "ADD_NODES_FAILED",
    "AUTOMATIC_CLUSTER_UPDATE",
    "AUTOSCALING_BACKOFF",
    "AUTOSCALING_FAILED",
    "AUTOSCALING_STATS_REPORT",
    "CLUSTER_MIGRATED",
    "CREATING",
    "DBFS_DOWN",
    "DECOMMISSION_ENDED",
    "DECOMMISSION_STARTED",
    "DEFERRED_POLICY_ENFORCEMENT_FAILED",
    "DEFERRED_POLICY_ENFORCEMENT_SCHEDULED",
    "DID_NOT_EXPAND_DISK",
    "DRIVER_HEALTHY",
    "DRIVER_NOT_RESPONDING",
    "DRIVER_UNAVAILABLE",
    "EDITED",
    "EXPANDED_DISK",
    "FAILED_TO_EXPAND_DISK",
    "INIT_SCRIPTS_FINISHED",
    "INIT_SCRIPTS_STARTED",
    "METASTORE_DOWN",
    "NODES_LOST",
    "NODE_BLACKLISTED",
    "NODE_EXCLUDED_DECOMMISSIONED",
    "PINNED",
    "RESIZING",
    "RESTARTING",
    "RUNNING",
    "SPARK_EXCEPTION",
    "STARTING",
    "TERMINATING",
    "UC_VOLUME_MISCONFIGURED",
    "UNPINNED",
    "UPSIZE_COMPLETED",
};

constexpr Field kClusterIdFields[] = {text("cluster_id").required()};
constexpr Field kUpdateFields[] = {
    text("cluster_id").required(),
    text("update_mask").required().noted("names of fields, with commas between them; * = all of them"),
    object("cluster", &kNewCluster).noted("a field that the mask names and that is not here is taken away"),
};
constexpr Field kResizeFields[] = {
    text("cluster_id").required(),
    integer("num_workers").between(0, 100'000).noted("required, unless autoscale is sent"),
    object("autoscale", &kAutoscale),
};
constexpr Field kOwnerFields[] = {text("cluster_id").required(), text("owner_username").required()};
constexpr Field kListFields[] = {
    texts("filter_by.cluster_states").one_of(kStates),
    texts("filter_by.cluster_sources").one_of(kClusterSources),
    boolean("filter_by.is_pinned"),
    text("filter_by.policy_id"),
    text("sort_by.field").one_of(kSortFields).noted("DEFAULT: what runs first, pinned before others, then by name"),
    text("sort_by.direction").one_of(kOrders).noted("ASC by default"),
    integer("page_size").between(0, 100).noted(kNotIn20),
    text("page_token").noted(kNotIn20),
};
constexpr Field kEventsFields[] = {
    text("cluster_id").required(),
    integer("start_time"),
    integer("end_time"),
    text("order").one_of(kOrders).noted("DESC by default"),
    texts("event_types").one_of(kEventTypes),
    integer("offset").at_least(0),
    integer("limit").between(0, 500).noted("0 = as many as there may be"),
    integer("page_size").between(0, 500),
    text("page_token"),
};

constexpr Field kTerminationFields[] = {text("code").required(), text("type"), text_map("parameters")};
constexpr Schema kTermination{"TerminationReason", kTerminationFields};
constexpr Field kLogStatusFields[] = {integer("last_attempted").required(), text("last_exception")};
constexpr Schema kLogStatus{"LogSyncStatus", kLogStatusFields};
constexpr Field kSparkNodeFields[] = {
    text("node_id").required().noted("the worker"),
    text("instance_id").required().noted("the node that it runs on"),
    text("private_ip").required(),
    text("host_private_ip").required(),
    text("public_dns").required().may_be_empty(),
    integer("start_timestamp").required(),
};
constexpr Schema kSparkNode{"SparkNode", kSparkNodeFields};
constexpr Field kClusterFields[] = {
    text("cluster_id").required(),
    text("cluster_name").required(),
    text("creator_user_name").required(),
    text("state").required().one_of(kStates),
    text("state_message").required().may_be_empty(),
    text("cluster_source").required().one_of(kClusterSources),
    integer("start_time").required(),
    integer("terminated_time").required(),
    integer("last_restarted_time").required(),
    integer("last_activity_time").required(),
    integer("last_state_loss_time").required(),
    integer("spark_context_id").required(),
    integer("jdbc_port").required(),
    text_map("default_tags").required(),
    object("termination_reason", &kTermination),
    object("cluster_log_status", &kLogStatus),
    number("cluster_cores"),
    integer("cluster_memory_mb"),
    object("driver", &kSparkNode),
    objects("executors", &kSparkNode),
    text("pinned_by_user_name"),
};
constexpr Field kDetailFields[] = {object("spec", &kNewCluster).required()};
constexpr Field kClusterListFields[] = {objects("clusters", &kCluster), text("next_page_token"),
                                        text("prev_page_token")};

constexpr Field kEventFields[] = {text("cluster_id").required(), integer("timestamp").required(),
                                  text("type").required(), object("details").required()};
constexpr Schema kEvent{"ClusterEvent", kEventFields};
constexpr Field kEventListFields[] = {integer("total_count").required(), objects("events", &kEvent),
                                      object("next_page", &kClusterEventsQuery), text("next_page_token"),
                                      text("prev_page_token")};

constexpr Field kInstanceFields[] = {text("instance_type_id").required(), integer("local_disks").required(),
                                     integer("local_disk_size_gb").required()};
constexpr Schema kInstance{"NodeInstanceType", kInstanceFields};
constexpr Field kNodeInfoFields[] = {texts("status").required(), integer("available_core_quota").required(),
                                     integer("total_core_quota").required()};
constexpr Schema kNodeInfo{"NodeInfo", kNodeInfoFields};
constexpr Field kNodeTypeFields[] = {
    text("node_type_id").required(),
    integer("memory_mb").required(),
    number("num_cores").required(),
    text("description").required(),
    text("instance_type_id").required(),
    text("category").required(),
    boolean("is_deprecated").required(),
    boolean("is_hidden").required(),
    integer("num_gpus").required(),
    boolean("is_io_cache_enabled").required(),
    boolean("is_graviton").required(),
    boolean("photon_worker_capable").required(),
    boolean("photon_driver_capable").required(),
    boolean("support_cluster_tags").required(),
    boolean("support_ebs_volumes").required(),
    boolean("support_port_forwarding").required(),
    boolean("supports_elastic_disk").required(),
    object("node_instance_type", &kInstance).required(),
    object("node_info", &kNodeInfo).required(),
    text_map("stoker_labels").required().noted("of the operator's settings"),
};
constexpr Schema kNodeType{"NodeType", kNodeTypeFields};
constexpr Field kNodeTypesFields[] = {objects("node_types", &kNodeType).required()};
constexpr Field kVersionFields[] = {text("key").required(), text("name").required()};
constexpr Schema kVersion{"SparkVersion", kVersionFields};
constexpr Field kVersionsFields[] = {objects("versions", &kVersion).required()};
constexpr Field kZonesFields[] = {texts("zones").required(), text("default_zone").required()};
}  // namespace

constexpr Schema kClusterId{"ClusterId", kClusterIdFields};
constexpr Schema kEditCluster{"EditCluster", kClusterIdFields, &kNewCluster};
constexpr Schema kUpdateCluster{"UpdateCluster", kUpdateFields};
constexpr Schema kResizeCluster{"ResizeCluster", kResizeFields};
constexpr Schema kChangeClusterOwner{"ChangeClusterOwner", kOwnerFields};
constexpr Schema kListClusters{"ListClusters", kListFields};
constexpr Schema kClusterEventsQuery{"ClusterEventsQuery", kEventsFields};
constexpr Schema kCreatedCluster{"CreatedCluster", kClusterIdFields};
constexpr Schema kCluster{"Cluster", kClusterFields, &kNewCluster};
constexpr Schema kClusterDetails{"ClusterDetails", kDetailFields, &kCluster};
constexpr Schema kClusterList{"ClusterList", kClusterListFields};
constexpr Schema kClusterEvents{"ClusterEvents", kEventListFields};
constexpr Schema kNodeTypes{"NodeTypes", kNodeTypesFields};
constexpr Schema kSparkVersions{"SparkVersions", kVersionsFields};
constexpr Schema kZones{"Zones", kZonesFields};

}  // namespace stoker::api::schema
