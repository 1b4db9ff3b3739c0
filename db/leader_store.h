#pragma once
#include <string>

namespace stoker::db {

class Transaction;

/// Takes the lease, or extends it, for `seconds` on the database's clock. false: another owner holds it.
bool hold_lease(Transaction& tx, const std::string& name, const std::string& owner, int seconds);
/// Whether the owner holds the lease, and keeps it from changing hands until this transaction ends.
bool fence_lease(Transaction& tx, const std::string& name, const std::string& owner);
/// Nothing if another owner holds it.
void release_lease(Transaction& tx, const std::string& name, const std::string& owner);

}  // namespace stoker::db
