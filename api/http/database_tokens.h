#pragma once
#include "api/http/middleware/authentication.h"

namespace stoker::db {
class Pool;
}

namespace stoker::api {

/// Tokens in Postgres.
class DatabaseTokens final : public TokenSource {
  public:
    DatabaseTokens(db::Pool& pool, const Clock& clock) : pool_(pool), clock_(clock) {}
    boost::asio::awaitable<std::optional<db::UserRow>> user_of_token(std::string token) override;
    boost::asio::awaitable<std::optional<RunUser>> user_of_run(RunTokenClaims claims) override;
    boost::asio::awaitable<bool> is_joined(NodeTokenClaims claims) override;

  private:
    db::Pool& pool_;
    const Clock& clock_;
};

}  // namespace stoker::api
