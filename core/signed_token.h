#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.h"

namespace stoker {

/// What a kernel's own API token says: the run it dies with and the identity it acts as.
struct RunTokenClaims {
    RunId run_id;  // the job-level run
    std::string user_name;
    bool operator==(const RunTokenClaims&) const = default;
};

/// What the token of a node that joined says. The role is a new one each time a machine joins.
struct NodeTokenClaims {
    NodeId node_id;
    std::string role_name;  // its role in Postgres
    bool operator==(const NodeTokenClaims&) const = default;
};

/// `stkr.<claims>.<HMAC-SHA256>`, both parts base64url: signed by the server, checked without the database.
/// Whether the run still lives is asked apart from this (api/http/middleware/authentication).
std::string sign_run_token(std::string_view signing_key, const RunTokenClaims& claims);
/// nullopt when the text is not a run token or its signature does not match.
std::optional<RunTokenClaims> verify_run_token(std::string_view signing_key, std::string_view token);

/// The same with `stkn.`: for the files of DBFS alone, for as long as the node's role may log in.
std::string sign_node_token(std::string_view signing_key, const NodeTokenClaims& claims);
std::optional<NodeTokenClaims> verify_node_token(std::string_view signing_key, std::string_view token);

}  // namespace stoker
