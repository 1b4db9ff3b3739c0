#include "api/http/database_tokens.h"

#include "db/pool.h"
#include "db/run_store.h"

namespace stoker::api {

boost::asio::awaitable<std::optional<db::UserRow>> DatabaseTokens::user_of_token(std::string token) {
    auto look_up = [token = std::move(token), now = clock_.epoch_millis()](db::Transaction& tx) {
        return db::find_user_by_token(tx, token, now);
    };
    co_return co_await pool_.read(look_up);
}

boost::asio::awaitable<std::optional<db::UserRow>> DatabaseTokens::user_of_live_run(RunTokenClaims claims) {
    auto look_up = [claims = std::move(claims)](db::Transaction& tx) -> std::optional<db::UserRow> {
        if (!db::run_is_alive(tx, claims.run_id)) return std::nullopt;
        return db::find_user(tx, claims.user_name);
    };
    co_return co_await pool_.read(look_up);
}

}  // namespace stoker::api
