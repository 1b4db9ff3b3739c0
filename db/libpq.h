#pragma once
#include <memory>

#include <libpq-fe.h>

namespace stoker::db {

struct FreeResult {
    void operator()(PGresult* result) const { PQclear(result); }
};
struct FreeConnection {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
using PgResult = std::unique_ptr<PGresult, FreeResult>;
using PgConnection = std::unique_ptr<PGconn, FreeConnection>;

}  // namespace stoker::db
