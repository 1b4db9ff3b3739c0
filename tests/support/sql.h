#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <libpq-fe.h>

namespace stoker::test {

/// A connection for what tests set up and look at themselves. Failures throw std::runtime_error with the server's
/// words.
class Sql {
  public:
    explicit Sql(const std::string& dsn);

    void run(const std::string& statements);
    /// First column of the first row; "" for NULL or no row.
    std::string one(const std::string& query);
    std::int64_t number(const std::string& query) { return std::stoll(one(query)); }
    /// First column of every row.
    std::vector<std::string> column(const std::string& query);
    /// What the server said beside its answers (NOTICE and LOG), since the last call.
    std::string notices();
    /// Payloads of the NOTIFYs that arrived with the last answer.
    std::vector<std::string> notifications();
    /// SQLSTATE of the failure; "" when the statement succeeds.
    std::string failure(const std::string& statement);

  private:
    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
    std::string notices_;
};

}  // namespace stoker::test
