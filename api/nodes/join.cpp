#include <regex>

#include "api/announce.h"
#include "api/http/middleware/authentication.h"
#include "api/nodes/endpoints.h"
#include "api/nodes/node.h"
#include "api/services.h"
#include "core/join_token.h"
#include "core/json_reader.h"
#include "core/signed_token.h"
#include "db/connection_string.h"
#include "db/listener.h"
#include "db/migrator.h"
#include "db/node_join_store.h"
#include "db/pool.h"

namespace stoker::api::nodes {
namespace {
constexpr std::int64_t kTokenSeconds = 3600;

void must_take_nodes(const Settings& settings) {
    if (settings.node_database.empty())
        throw ApiError(ErrorCode::kFeatureDisabled,
                       "This server takes no nodes from other machines: start it with `stoker up --nodes ADDRESS`, or "
                       "`stoker server --node-database-url URL`.");
}

void must_be_of_this_version(const JsonReader& body) {
    const std::int64_t version = body.integer("schema_version");
    if (version != db::newest_migration())
        body.refuse("schema_version", "the node's stoker knows schema " + std::to_string(version) + ", the server's " +
                                          std::to_string(db::newest_migration()) + ": install the same on both.");
}

std::string verifier_of(const JsonReader& body) {
    static const std::regex shape(
        "SCRAM-SHA-256\\$[0-9]{4,7}:[A-Za-z0-9+/=]{8,64}\\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44}");
    std::string verifier = body.string("password_verifier");
    if (!std::regex_match(verifier, shape)) body.refuse("password_verifier", "is no SCRAM-SHA-256 verifier.");
    return verifier;
}

std::string node_id_of(const JsonReader& body) {
    static const std::regex shape("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    std::string node_id = body.string("node_id");
    if (!std::regex_match(node_id, shape))
        body.refuse("node_id", "expected up to 63 letters, digits, '.', '_' and '-', got '" + node_id + "'.");
    return node_id;
}
}  // namespace

Answer create_token(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, all_nodes());
    must_take_nodes(services.settings);
    const auto seconds = JsonReader(request.parameters).integer_or("lifetime_seconds", kTokenSeconds);
    const JoinToken token = new_join_token(services.settings.node_database_authority, services.settings.tls_authority);
    auto write = [secret = token.secret, user_name = request.principal.user_name, seconds](db::Transaction& tx) {
        return db::insert_join_token(tx, secret, user_name, static_cast<int>(seconds));
    };
    const EpochMillis expires_at = co_await services.pool.run(write);
    co_return json_response({{"token", to_string(token)}, {"expires_at", expires_at}});
}

/// For whoever asks: the join token tells a machine whether they are the right ones.
Answer authorities(Services& services, Request&) {
    must_take_nodes(services.settings);
    co_return json_response({{"database_authority", services.settings.node_database_authority},
                             {"api_authority", services.settings.tls_authority}});
}

/// The token is what the caller shows; the password of the role it gets never travels.
Answer join(Services& services, Request& request) {
    must_take_nodes(services.settings);
    const JsonReader body(request.parameters);
    must_be_of_this_version(body);
    const auto token = parse_join_token(body.string("token"));
    const db::JoiningNode node{.secret = token ? token->secret : "",
                               .node_id = node_id_of(body),
                               .host = body.optional_string("host").value_or(node_id_of(body)),
                               .role_name = db::new_node_role(),
                               .verifier = verifier_of(body)};
    auto write = [node](db::Transaction& tx) {
        switch (db::join_node(tx, node)) {
            case db::JoinOutcome::kTokenUnknown:
                throw ApiError(ErrorCode::kPermissionDenied,
                               "The join token is unknown, has expired or was used: `stoker node token create` makes "
                               "another.");
            case db::JoinOutcome::kNameTaken:
                throw ApiError(ErrorCode::kResourceConflict,
                               "There is a node '" + node.node_id +
                                   "' that lives: give --node-id another name, or end that one first.");
            case db::JoinOutcome::kJoined:
                break;
        }
    };
    co_await services.pool.run(write);
    co_return json_response(
        {{"node_id", node.node_id},
         {"database", db::with_login(services.settings.node_database, {.role = node.role_name})},
         {"workspace_id", services.workspace_id},
         {"has_tables", !services.settings.metastore_uri.empty()},
         {"node_token", sign_node_token(services.settings.signing_key, {node.node_id, node.role_name})}});
}

/// In two steps, so that the node begins no session between them.
Answer remove(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, all_nodes());
    const NodeId node_id = requested_node(request);
    auto lock_out = [node_id](db::Transaction& tx) { return db::lock_node_out(tx, node_id); };
    const db::RemoveOutcome outcome = co_await services.pool.run(lock_out);
    if (outcome == db::RemoveOutcome::kUnknown) throw no_such_node(node_id);
    if (outcome == db::RemoveOutcome::kNotJoined)
        throw ApiError(ErrorCode::kInvalidState,
                       "Node '" + node_id +
                           "' did not join with a token: it has no role of its own that could "
                           "be taken away. Drain it and end its process.");
    auto end = [node_id](db::Transaction& tx) { db::end_node_role(tx, node_id); };
    co_await services.pool.run(end);
    std::vector<std::string> forgotten;
    forgotten.push_back(principal_name(node_id));
    co_await announce(services, db::kPrincipalsChannel, std::move(forgotten));
    co_return Response{};
}

}  // namespace stoker::api::nodes
