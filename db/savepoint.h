#pragma once
#include <functional>

namespace stoker::db {

class Transaction;

/// Runs `body`, which uses `tx`; what it wrote is undone when it throws, and the transaction goes on. For one of many,
/// so that it stands in nobody's way. Throws what `body` threw: Refused where Postgres refused what was asked of it;
/// errors by which the whole transaction is lost, and tried again by the pool, pass unchanged.
void with_savepoint(Transaction& tx, const std::function<void()>& body);

}  // namespace stoker::db
