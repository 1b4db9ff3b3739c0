#pragma once
#include <optional>
#include <string>
#include <vector>

#include "db/task_run_store.h"

namespace stoker::db {

class Transaction;

/// A user's access to a Git provider. `sealed_token` is the token as core/sealed_text makes it for
/// `git_token_purpose`.
struct GitCredential {
    std::int64_t credential_id = 0;
    std::string user_name;
    std::string git_provider;
    std::optional<std::string> git_username;
    std::optional<std::string> git_email;
    std::optional<std::string> name;
    std::string sealed_token;
    bool is_default_for_provider = false;
};
/// What a token is sealed for: it opens for no other user and no other credential.
std::string git_token_purpose(std::int64_t credential_id, const std::string& user_name);

/// From here to the commit nobody else changes the user's credentials, of which one a provider is the default.
void lock_git_credentials(Transaction& tx, const std::string& user_name);
std::int64_t next_git_credential_id(Transaction& tx);
bool has_default_git_credential(Transaction& tx, const std::string& user_name, const std::string& git_provider);
/// Both take the default from the one that has it when this one is to be it.
void insert_git_credential(Transaction& tx, const GitCredential& credential);
void update_git_credential(Transaction& tx, const GitCredential& credential);
/// These find those of the user alone.
std::optional<GitCredential> find_git_credential(Transaction& tx, std::int64_t credential_id,
                                                 const std::string& user_name);
std::vector<GitCredential> list_git_credentials(Transaction& tx, const std::string& user_name);
bool delete_git_credential(Transaction& tx, std::int64_t credential_id, const std::string& user_name);

// What a worker may ask, as the holder of a task run's lease.

struct GitAccess {
    std::string git_commit;  // "" = not pinned yet
    std::string user_name;   // who the run runs as
    std::optional<GitCredential> credential;
};
/// nullopt: the lease is lost.
std::optional<GitAccess> git_access(Transaction& tx, const HeldLease& lease);
/// The first of a run decides: the commit in force. nullopt: the lease is lost.
std::optional<std::string> pin_git_commit(Transaction& tx, const HeldLease& lease, const std::string& commit);

}  // namespace stoker::db
