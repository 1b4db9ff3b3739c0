#include "db/savepoint.h"

#include <string>

#include "db/errors.h"
#include "db/transaction.h"

namespace stoker::db {
namespace {

/// Whether the statement was wrong, and not the moment: data that cannot be, a constraint, a limit, an exception that a
/// routine raised.
bool would_be_refused_again(const pqxx::sql_error& error) {
    const std::string& state = error.sqlstate();
    for (const char* of_class : {"22", "23", "42", "54", "P0"})
        if (state.starts_with(of_class)) return true;
    return false;
}

}  // namespace

void with_savepoint(Transaction& tx, const std::function<void()>& body) {
    tx.command("SAVEPOINT one_of_many");
    try {
        body();
    } catch (const pqxx::broken_connection&) {
        throw;
    } catch (const pqxx::sql_error& error) {
        if (!would_be_refused_again(error)) throw;
        tx.command("ROLLBACK TO SAVEPOINT one_of_many");
        throw Refused(error.what());
    } catch (...) {
        tx.command("ROLLBACK TO SAVEPOINT one_of_many");
        throw;
    }
    tx.command("RELEASE SAVEPOINT one_of_many");
}

}  // namespace stoker::db
