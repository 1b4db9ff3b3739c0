#pragma once
#include "clusters/cluster_definition.h"
#include "core/json_reader.h"

namespace stoker::db {
class Transaction;
}

namespace stoker::api::cluster {

/// Throws ApiError when no node that is known could ever host a worker of the cluster that `request` defines; with no
/// node at all it may wait for one.
void must_fit_some_node(db::Transaction& tx, const JsonReader& request, const clusters::ClusterDefinition& definition);

}  // namespace stoker::api::cluster
