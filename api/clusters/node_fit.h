#pragma once
#include "clusters/cluster_definition.h"

namespace stoker::db {
class Transaction;
}

namespace stoker::api::cluster {

/// Throws ApiError when no node that is known could ever host a worker of the cluster; with no node at all it may wait
/// for one.
void must_fit_some_node(db::Transaction& tx, const clusters::ClusterDefinition& definition,
                        const clusters::Catalog& catalog);

}  // namespace stoker::api::cluster
