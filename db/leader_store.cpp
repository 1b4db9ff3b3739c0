#include "db/leader_store.h"

#include "db/transaction.h"

namespace stoker::db {

bool hold_lease(Transaction& tx, const std::string& name, const std::string& owner, int seconds) {
    return !tx.query("hold_lease", {name, owner, seconds}).empty();
}

bool fence_lease(Transaction& tx, const std::string& name, const std::string& owner) {
    return !tx.query("fence_lease", {name, owner}).empty();
}

void release_lease(Transaction& tx, const std::string& name, const std::string& owner) {
    tx.query("release_lease", {name, owner});
}

}  // namespace stoker::db
