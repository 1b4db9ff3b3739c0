#pragma once
#include <string>

#include "core/ids.h"

namespace stoker::db {

class Transaction;

/// The node has tried to deliver the cluster's logs just now; `trouble`: why it could not, "" = it has. For the role
/// stoker_worker.
void logs_were_delivered(Transaction& tx, const ClusterId& cluster_id, const std::string& trouble);

}  // namespace stoker::db
