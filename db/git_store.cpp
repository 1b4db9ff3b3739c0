#include "db/git_store.h"

#include "db/transaction.h"

namespace stoker::db {
namespace {
GitCredential credential_row(const pqxx::row& row) {
    GitCredential credential;
    credential.credential_id = number_of(row["credential_id"]);
    credential.user_name = text_of(row["user_name"]);
    credential.git_provider = text_of(row["git_provider"]);
    credential.git_username = optional_text(row["git_username"]);
    credential.git_email = optional_text(row["git_email"]);
    credential.name = optional_text(row["name"]);
    credential.sealed_token = text_of(row["sealed_token"]);
    credential.is_default_for_provider = row["is_default_for_provider"].as<bool>();
    return credential;
}

void make_room_for_default(Transaction& tx, const GitCredential& credential) {
    if (credential.is_default_for_provider)
        tx.query("unset_default_git_credential", {credential.user_name, credential.git_provider});
}
}  // namespace

std::string git_token_purpose(std::int64_t credential_id, const std::string& user_name) {
    return "git credential " + std::to_string(credential_id) + " of " + user_name;
}

void lock_git_credentials(Transaction& tx, const std::string& user_name) {
    tx.query("lock_user", {user_name});
}

std::int64_t next_git_credential_id(Transaction& tx) {
    return number_of(tx.query("next_git_credential_id")[0]["credential_id"]);
}

bool has_default_git_credential(Transaction& tx, const std::string& user_name, const std::string& git_provider) {
    return tx.query("has_default_git_credential", {user_name, git_provider})[0]["has_default"].as<bool>();
}

void insert_git_credential(Transaction& tx, const GitCredential& credential) {
    make_room_for_default(tx, credential);
    tx.query("insert_git_credential",
             {credential.credential_id, credential.user_name, credential.git_provider, credential.git_username,
              credential.git_email, credential.name, credential.sealed_token, credential.is_default_for_provider});
}

void update_git_credential(Transaction& tx, const GitCredential& credential) {
    make_room_for_default(tx, credential);
    tx.query("update_git_credential",
             {credential.credential_id, credential.git_provider, credential.git_username, credential.git_email,
              credential.name, credential.sealed_token, credential.is_default_for_provider});
}

std::optional<GitCredential> find_git_credential(Transaction& tx, std::int64_t credential_id,
                                                 const std::string& user_name) {
    const auto rows = tx.query("find_git_credential", {credential_id, user_name});
    if (rows.empty()) return std::nullopt;
    return credential_row(rows[0]);
}

std::vector<GitCredential> list_git_credentials(Transaction& tx, const std::string& user_name) {
    std::vector<GitCredential> credentials;
    for (const auto& row : tx.query("list_git_credentials", {user_name})) credentials.push_back(credential_row(row));
    return credentials;
}

bool delete_git_credential(Transaction& tx, std::int64_t credential_id, const std::string& user_name) {
    return !tx.query("delete_git_credential", {credential_id, user_name}).empty();
}

std::optional<GitAccess> git_access(Transaction& tx, const HeldLease& lease) {
    const auto rows = tx.query("git_access", {lease.run_id, lease.lease_token});
    if (rows.empty()) return std::nullopt;
    const auto row = rows[0];
    GitAccess access{text_of(row["git_commit"]), text_of(row["user_name"]), std::nullopt};
    if (row["credential_id"].is_null()) return access;
    access.credential.emplace();
    access.credential->credential_id = number_of(row["credential_id"]);
    access.credential->user_name = access.user_name;
    access.credential->git_username = optional_text(row["git_username"]);
    access.credential->git_email = optional_text(row["git_email"]);
    access.credential->sealed_token = text_of(row["sealed_token"]);
    return access;
}

std::optional<std::string> pin_git_commit(Transaction& tx, const HeldLease& lease, const std::string& commit) {
    return optional_text(tx.query("pin_git_commit", {lease.run_id, lease.lease_token, commit})[0]["git_commit"]);
}

}  // namespace stoker::db
