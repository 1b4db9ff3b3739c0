#include "db/cluster_log_store.h"

#include "db/text.h"
#include "db/transaction.h"

namespace stoker::db {

void logs_were_delivered(Transaction& tx, const ClusterId& cluster_id, const std::string& trouble) {
    tx.query("logs_were_delivered", {cluster_id, storable(std::string_view(trouble))});
}

}  // namespace stoker::db
