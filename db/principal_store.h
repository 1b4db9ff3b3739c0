#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"

namespace stoker::db {

class Transaction;

struct UserRow {
    std::int64_t user_id = 0;
    std::string user_name;
    std::string display_name;
    bool active = true;
    bool is_admin = false;
};
std::optional<UserRow> find_user(Transaction& tx, const std::string& user_name);
/// Inserts the user, or leaves an existing one as it is. Makes the home folder /Users/<user_name>.
UserRow ensure_user(Transaction& tx, const std::string& user_name, bool is_admin, EpochMillis now);

struct NewToken {
    std::string user_name;
    std::string comment;
    EpochMillis expiry_time = -1;
};
struct CreatedToken {
    std::string token_id;
    std::string token_value;  // shown once
};
CreatedToken create_token(Transaction& tx, const NewToken& token, EpochMillis now);
/// The active user of an unexpired token, looked up by its SHA-256.
std::optional<UserRow> find_user_by_token(Transaction& tx, std::string_view token, EpochMillis now);
struct TokenRow {
    std::string token_id;
    std::string user_name;
    std::string comment;
    EpochMillis creation_time = 0;
    EpochMillis expiry_time = -1;
};
std::vector<TokenRow> list_tokens(Transaction& tx);
bool delete_token(Transaction& tx, const std::string& token_id);

}  // namespace stoker::db
