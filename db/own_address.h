#pragma once
#include <string>

namespace stoker::db {

class Transaction;

/// By which this machine talks to Postgres, as text: of its addresses the one that others of the installation are most
/// likely to reach. "" = by a unix socket.
std::string own_address(Transaction& tx);

}  // namespace stoker::db
