#include "db/node_join_store.h"

#include "core/random.h"
#include "db/transaction.h"

namespace stoker::db {

EpochMillis insert_join_token(Transaction& tx, const std::string& secret, const std::string& user_name,
                              int lifetime_seconds) {
    tx.query("drop_expired_join_tokens");
    return number_of(tx.query("insert_join_token", {secret, user_name, lifetime_seconds})[0]["expires_at"]);
}

JoinOutcome join_node(Transaction& tx, const JoiningNode& node) {
    const std::string outcome = text_of(
        tx.query("join_node", {node.secret, node.node_id, node.host, node.role_name, node.verifier})[0]["outcome"]);
    if (outcome == "JOINED") return JoinOutcome::kJoined;
    return outcome == "NAME_TAKEN" ? JoinOutcome::kNameTaken : JoinOutcome::kTokenUnknown;
}

std::string new_node_role() {
    return "stoker_node_" + random_hex(8);
}

bool is_joined_as(Transaction& tx, const NodeId& node_id, const std::string& role_name) {
    return tx.query("is_joined_as", {node_id, role_name})[0]["joined"].as<bool>();
}

RemoveOutcome lock_node_out(Transaction& tx, const NodeId& node_id) {
    const std::string outcome = text_of(tx.query("lock_node_out", {node_id})[0]["outcome"]);
    if (outcome == "REMOVED") return RemoveOutcome::kRemoved;
    return outcome == "NOT_JOINED" ? RemoveOutcome::kNotJoined : RemoveOutcome::kUnknown;
}

void end_node_role(Transaction& tx, const NodeId& node_id) {
    tx.query("end_node_role", {node_id});
}

}  // namespace stoker::db
