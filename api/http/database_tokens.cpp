#include "api/http/database_tokens.h"

#include "db/node_join_store.h"
#include "db/pool.h"
#include "db/run_store.h"

namespace stoker::api {

boost::asio::awaitable<std::optional<db::UserRow>> DatabaseTokens::user_of_token(std::string token) {
    auto look_up = [token = std::move(token), now = clock_.epoch_millis()](db::Transaction& tx) {
        return db::find_user_by_token(tx, token, now);
    };
    co_return co_await pool_.read(look_up);
}

boost::asio::awaitable<std::optional<RunUser>> DatabaseTokens::user_of_run(RunTokenClaims claims) {
    auto look_up = [claims = std::move(claims)](db::Transaction& tx) -> std::optional<RunUser> {
        const db::RunLife life = db::run_life(tx, claims.run_id);
        auto user = db::find_user(tx, claims.user_name);
        if (life == db::RunLife::kOver || !user) return std::nullopt;
        return RunUser{std::move(*user), life == db::RunLife::kAlive};
    };
    co_return co_await pool_.read(look_up);
}

boost::asio::awaitable<bool> DatabaseTokens::is_joined(NodeTokenClaims claims) {
    auto look_up = [claims = std::move(claims)](db::Transaction& tx) {
        return db::is_joined_as(tx, claims.node_id, claims.role_name);
    };
    co_return co_await pool_.read(look_up);
}

}  // namespace stoker::api
