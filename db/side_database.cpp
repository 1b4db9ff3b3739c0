#include "db/side_database.h"

#include <pqxx/pqxx>

#include "db/errors.h"
#include "db/query_catalog.h"

namespace stoker::db {

void ensure_side_database(const std::string& owner_dsn, const std::string& database, const std::string& role,
                          const std::string& password) try {
    pqxx::connection connection(owner_dsn);
    pqxx::nontransaction work(connection);  // CREATE DATABASE runs in no transaction
    auto run = [&](const pqxx::result& statements) {
        for (const auto& row : statements) work.exec(row[0].c_str());
    };
    run(work.exec_params(std::string(query_text("side_role_statement")), role, password));
    run(work.exec_params(std::string(query_text("side_database_statement")), database, role));
    run(work.exec_params(std::string(query_text("close_database_statement")), database));
} catch (const pqxx::broken_connection& error) {
    throw Unavailable(error.what());
}

}  // namespace stoker::db
