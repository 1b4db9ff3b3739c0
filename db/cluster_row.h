#pragma once
#include "db/cluster_store.h"
#include "db/transaction.h"

namespace stoker::db {

/// A row of clusters, as the queries that read whole clusters name its columns.
ClusterRow cluster_row(const pqxx::row& row);

}  // namespace stoker::db
