#pragma once
#include "api/schema/schema.h"

// Requests and answers of the Clusters API.
namespace stoker::api::schema {

extern const Schema kClusterId, kEditCluster, kUpdateCluster, kResizeCluster, kChangeClusterOwner, kListClusters,
    kClusterEventsQuery;  // clusters/create takes NewCluster
extern const Schema kCreatedCluster, kCluster, kClusterDetails, kClusterList, kClusterEvents, kNodeTypes,
    kSparkVersions, kZones;

}  // namespace stoker::api::schema
