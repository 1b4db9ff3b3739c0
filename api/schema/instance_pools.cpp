#include "api/schema/instance_pools.h"

namespace stoker::api::schema {
namespace {
constexpr std::string_view kCloud = "it describes a cloud.";
constexpr std::string_view kStays = "stays as it was created";

constexpr Field kIdField = text("instance_pool_id").required();
constexpr Field kName = text("instance_pool_name").required().at_most(100);
constexpr Field kNodeType = text("node_type_id");
constexpr Field kVersions = texts("preloaded_spark_versions").at_most(1);
constexpr Field kMinIdle = integer("min_idle_instances").between(0, 100'000);
constexpr Field kCapacity = integer("max_capacity").between(1, 100'000);
constexpr Field kMinutes = integer("idle_instance_autotermination_minutes").between(0, 10'000).noted("60 by default");
constexpr Field kTags = text_map("custom_tags").at_most(43);
constexpr Field kImages = objects("preloaded_docker_images").refused("container images are not available.");
constexpr Field kDisk = object("disk_spec").echoed(kCloud);
constexpr Field kElastic = boolean("enable_elastic_disk").echoed(kCloud);
constexpr Field kAws = object("aws_attributes").echoed(kCloud);
constexpr Field kAzure = object("azure_attributes").echoed(kCloud);
constexpr Field kGcp = object("gcp_attributes").echoed(kCloud);

constexpr Field kIdFields[] = {kIdField};
constexpr Field kNewFields[] = {kName,    kNodeType.required(),
                                kMinIdle, kCapacity,
                                kMinutes, kVersions.noted("one; else the newest"),
                                kTags,    kImages,
                                kDisk,    kElastic,
                                kAws,     kAzure,
                                kGcp};
constexpr Field kEditFields[] = {kIdField,
                                 kName,
                                 kNodeType.noted(kStays),
                                 kMinIdle,
                                 kCapacity,
                                 kMinutes,
                                 kVersions.noted(kStays),
                                 kTags,
                                 kImages,
                                 kDisk,
                                 kElastic,
                                 kAws,
                                 kAzure,
                                 kGcp};

constexpr Field kStatsFields[] = {integer("used_count").required(), integer("idle_count").required(),
                                  integer("pending_used_count").required(), integer("pending_idle_count").required()};
constexpr Schema kStats{"InstancePoolStats", kStatsFields};
constexpr Field kPoolFields[] = {
    kIdField,
    kName,
    kNodeType.required(),
    kMinIdle.required(),
    kCapacity,
    integer("idle_instance_autotermination_minutes").required(),
    kVersions,
    kTags,
    object("disk_spec"),
    boolean("enable_elastic_disk"),
    object("aws_attributes"),
    object("azure_attributes"),
    object("gcp_attributes"),
    text("state").required(),
    text_map("default_tags").required(),
    object("stats", &kStats).required(),
    object("status").required(),
};
constexpr Field kListFields[] = {objects("instance_pools", &kInstancePool)};
}  // namespace

constexpr Schema kNewInstancePool{"NewInstancePool", kNewFields};
constexpr Schema kEditInstancePool{"EditInstancePool", kEditFields};
constexpr Schema kInstancePoolId{"InstancePoolId", kIdFields};
constexpr Schema kInstancePool{"InstancePool", kPoolFields};
constexpr Schema kInstancePools{"InstancePools", kListFields};

}  // namespace stoker::api::schema
