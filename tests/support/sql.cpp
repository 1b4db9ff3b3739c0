#include "tests/support/sql.h"

#include <stdexcept>
#include <utility>

namespace stoker::test {
namespace {
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

Result execute(PGconn* connection, const std::string& text) {
    return {PQexec(connection, text.c_str()), &PQclear};
}

bool succeeded(const Result& result) {
    auto status = PQresultStatus(result.get());
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

Result checked(PGconn* connection, const std::string& text) {
    Result result = execute(connection, text);
    if (!succeeded(result)) throw std::runtime_error(PQerrorMessage(connection) + text);
    return result;
}
}  // namespace

Sql::Sql(const std::string& dsn) : connection_(PQconnectdb(dsn.c_str()), &PQfinish) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection_.get()));
    PQsetNoticeProcessor(
        connection_.get(), [](void* self, const char* text) { static_cast<Sql*>(self)->notices_ += text; }, this);
}

void Sql::run(const std::string& statements) {
    checked(connection_.get(), statements);
}

std::string Sql::one(const std::string& query) {
    auto values = column(query);
    return values.empty() ? "" : values.front();
}

std::vector<std::string> Sql::column(const std::string& query) {
    Result result = checked(connection_.get(), query);
    std::vector<std::string> values;
    for (int row = 0; row < PQntuples(result.get()); ++row) values.push_back(PQgetvalue(result.get(), row, 0));
    return values;
}

std::string Sql::notices() {
    return std::exchange(notices_, "");
}

std::vector<std::string> Sql::notifications() {
    std::vector<std::string> payloads;
    while (std::unique_ptr<PGnotify, decltype(&PQfreemem)> notice{PQnotifies(connection_.get()), &PQfreemem})
        payloads.push_back(notice->extra);
    return payloads;
}

std::string Sql::failure(const std::string& statement) {
    Result result = execute(connection_.get(), statement);
    if (succeeded(result)) return "";
    const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    return state ? state : "lost";
}

}  // namespace stoker::test
