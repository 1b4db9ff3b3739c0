#pragma once
#include <nlohmann/json.hpp>

#include "api/http/authorize.h"
#include "clusters/catalog.h"
#include "clusters/cluster_definition.h"
#include "core/error.h"
#include "db/cluster_list_store.h"

namespace stoker::api {

/// ClusterDetails: the definition as sent, with everything about its present life. `with_spec` adds the echo in `spec`.
nlohmann::json cluster_json(const db::ShownCluster& shown, const clusters::Catalog& catalog, bool with_spec);

/// Libraries that are workspace files: who defines the cluster must be able to read them. Throws ApiError.
void authorize_libraries(const Principal& principal, const std::vector<clusters::Library>& libraries);

OwnedObject owned(const db::ClusterRow& cluster);
/// The cluster, authorized. Throws ApiError when it does not exist.
db::ClusterRow existing_cluster(db::Transaction& tx, const ClusterId& cluster_id, const Principal& principal,
                                Action action);
/// INVALID_STATE: what was asked cannot be done with the cluster as it is.
ApiError unexpected_state(const db::ClusterRow& cluster);

}  // namespace stoker::api
