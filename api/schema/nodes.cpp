#include "api/schema/nodes.h"

namespace stoker::api::schema {
namespace {
constexpr Field kNodeFields[] = {
    text("node_id").required(),
    text("host").required(),
    text("state").required().noted("READY, CORDONED, DRAINING, DRAINED or SILENT"),
    boolean("joined").required().noted("from another machine, with a role of its own in Postgres"),
    integer("cores").required(),
    integer("memory_mb").required(),
    integer("gpus").required(),
    text_map("labels").required().noted("by which node types find it"),
    integer("workers").required(),
    integer("task_runs").required().noted("that its workers have claimed"),
    integer("last_heard_of").required(),
};
constexpr Schema kNode{"Node", kNodeFields};
constexpr Field kNodesFields[] = {objects("nodes", &kNode).required()};

constexpr Field kCreateTokenFields[] = {integer("lifetime_seconds").between(60, 604'800).noted("3,600 if not sent")};
constexpr Field kTokenFields[] = {text("token").required(), integer("expires_at").required()};
constexpr Field kJoinFields[] = {
    text("token").required().at_most(200),
    text("node_id").required().at_most(63).noted("letters, digits, '.', '_' and '-'"),
    text("host").at_most(255),
    text("password_verifier").required().at_most(300).noted("SCRAM-SHA-256, of the password of the node's role"),
    integer("schema_version").required().noted("of the database, as the node's stoker knows it"),
};
constexpr Field kJoinedFields[] = {
    text("node_id").required(),
    text("database").required().noted("connection string, without the password"),
    text("workspace_id").required(),
    boolean("has_tables").required().noted("there is a catalog of tables"),
    text("node_token")
        .required()
        .noted("for /api/stoker/v1/files and what else is for nodes, until this one is removed"),
};
constexpr Field kAuthoritiesFields[] = {
    text("database_authority").required().noted("certificate (PEM); empty: one that machines know"),
    text("api_authority").required().noted("likewise; empty without TLS, too"),
};
constexpr Field kSealedGitTokenFields[] = {
    integer("credential_id").required(),
    text("user_name").required().at_most(255),
    text("sealed_token").required().at_most(20'000).noted("as the database has it"),
};
constexpr Field kGitTokenFields[] = {text("token").required()};
}  // namespace

constexpr Schema kSealedGitToken{"SealedGitToken", kSealedGitTokenFields};
constexpr Schema kGitToken{"GitToken", kGitTokenFields};
constexpr Schema kAuthorities{"Authorities", kAuthoritiesFields};
constexpr Schema kCreateJoinToken{"CreateJoinToken", kCreateTokenFields};
constexpr Schema kJoinToken{"JoinToken", kTokenFields};
constexpr Schema kJoinNode{"JoinNode", kJoinFields};
constexpr Schema kJoinedNode{"JoinedNode", kJoinedFields};
constexpr Schema kNodes{"Nodes", kNodesFields};

}  // namespace stoker::api::schema
