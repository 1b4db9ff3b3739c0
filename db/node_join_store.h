#pragma once
#include <string>

#include "core/ids.h"

namespace stoker::db {

class Transaction;

/// What a machine becomes a node by, once; only its SHA-256 is stored. Returns when it expires.
EpochMillis insert_join_token(Transaction& tx, const std::string& secret, const std::string& user_name,
                              int lifetime_seconds);

struct JoiningNode {
    std::string secret;  // of the token
    NodeId node_id;
    std::string host;
    std::string role_name;  // new_node_role()
    std::string verifier;   // scram_verifier() of the password that the node has made up
};
enum class JoinOutcome { kJoined, kTokenUnknown, kNameTaken };
/// Makes the role and the node. With kNameTaken roll back: the token has not served.
JoinOutcome join_node(Transaction& tx, const JoiningNode& node);
std::string new_node_role();
/// Whether the node has this role, and may log in with it.
bool is_joined_as(Transaction& tx, const NodeId& node_id, const std::string& role_name);

enum class RemoveOutcome { kRemoved, kUnknown, kNotJoined };
/// The node can begin no session any more. Call end_node_role after the commit.
RemoveOutcome lock_node_out(Transaction& tx, const NodeId& node_id);
/// Ends the sessions that a locked-out node has, and drops its role.
void end_node_role(Transaction& tx, const NodeId& node_id);

}  // namespace stoker::db
