#include "db/principal_store.h"

#include "core/hash.h"
#include "core/random.h"
#include "db/transaction.h"
#include "db/workspace_store.h"

namespace stoker::db {
namespace {
UserRow user_row(const pqxx::row& row) {
    return {number_of(row["user_id"]), text_of(row["user_name"]), text_of(row["display_name"]),
            row["active"].as<bool>(), row["is_admin"].as<bool>()};
}
}  // namespace

std::optional<UserRow> find_user(Transaction& tx, const std::string& user_name) {
    auto rows = tx.query("find_user", {user_name});
    if (rows.empty()) return std::nullopt;
    return user_row(rows[0]);
}

UserRow ensure_user(Transaction& tx, const std::string& user_name, bool is_admin, EpochMillis now) {
    tx.query("ensure_user", {user_name, is_admin, now});
    make_directories(tx, "/Users/" + user_name, user_name, now);
    return *find_user(tx, user_name);
}

CreatedToken create_token(Transaction& tx, const NewToken& token, EpochMillis now) {
    CreatedToken created{random_hex(32), "dapi" + random_hex(16)};
    tx.query("create_token", {created.token_id, Param::bytes(sha256(created.token_value)), token.user_name,
                              token.comment, now, token.expiry_time});
    return created;
}

std::optional<UserRow> find_user_by_token(Transaction& tx, std::string_view token, EpochMillis now) {
    auto rows = tx.query("find_user_by_token", {Param::bytes(sha256(token)), now});
    if (rows.empty()) return std::nullopt;
    return user_row(rows[0]);
}

std::vector<TokenRow> list_tokens(Transaction& tx) {
    std::vector<TokenRow> tokens;
    for (const auto& row : tx.query("list_tokens"))
        tokens.push_back({text_of(row["token_id"]), text_of(row["user_name"]), text_of(row["comment"]),
                          number_of(row["creation_time"]), number_of(row["expiry_time"])});
    return tokens;
}

bool delete_token(Transaction& tx, const std::string& token_id) {
    return !tx.query("delete_token", {token_id}).empty();
}

}  // namespace stoker::db
