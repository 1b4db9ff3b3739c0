#include <cstdlib>
#include <iostream>

#include <CLI/CLI.hpp>

#include "cli/data_folder.h"
#include "cli/node_identity.h"
#include "cli/node_options.h"
#include "cli/start_error.h"
#include "clusters/server_client.h"
#include "core/join_token.h"
#include "core/random.h"
#include "db/connection_string.h"
#include "db/migrator.h"
#include "db/scram_verifier.h"

namespace fs = std::filesystem;

namespace stoker::cli {
namespace {
struct JoinOptions {
    NodeOptions node;
    std::string server_url;
    std::string token;
};

JoinToken token_of(const JoinOptions& options) {
    const auto token = parse_join_token(options.token);
    if (!token)
        throw StartError("--token is no join token: `stoker node token create`, beside the server, prints one.");
    return *token;
}

void must_be_free(const fs::path& data_folder) {
    if (NodeIdentity::read(data_folder))
        throw StartError(data_folder.string() + " is that of a node already: `stoker node --data-dir " +
                         data_folder.string() + "` starts it. To join anew remove the folder, or name another.");
    if (fs::exists(data_folder / "secrets/server_dsn"))
        throw StartError(data_folder.string() + " is that of a `stoker up`: name another with --data-dir.");
}

/// Who vouches for the server's two doors; "" = this machine's own authorities do.
struct Authorities {
    std::string of_database;
    std::string of_api;
};

/// Asked of whoever answers and told nothing: one in the server's place cannot have the certificates that the token
/// names.
Authorities ask_authorities(const std::string& server_url, const JoinToken& token) {
    const auto answer =
        clusters::ServerClient(server_url, "", {.of_anyone = true}).ask("GET", "/api/stoker/v1/nodes/authorities");
    Authorities authorities{answer.at("database_authority"), answer.at("api_authority")};
    if (fingerprint_of(authorities.of_database, authorities.of_api) != token.fingerprint)
        throw StartError(
            "the server's certificates are not those that the token names: somebody stands between this machine and "
            "the server, or the token is of another installation.");
    return authorities;
}

/// The password is made up here; the server gets what it can be checked with.
NodeIdentity join(const JoinOptions& options) {
    const JoinToken token = token_of(options);
    const fs::path& data_folder = options.node.settings.data_folder;
    must_be_free(data_folder);
    fs::create_directories(data_folder / "secrets");
    fs::permissions(data_folder / "secrets", fs::perms::owner_all);
    const std::string password = random_hex(24);
    const std::string node_id = options.node.settings.node_id.empty() ? host_name() : options.node.settings.node_id;
    const Authorities authorities = ask_authorities(options.server_url, token);
    write_file(api_authority_file(data_folder), authorities.of_api, fs::perms(0600));
    const fs::path authority = authorities.of_api.empty() ? fs::path() : api_authority_file(data_folder);
    const auto answer = clusters::ServerClient(options.server_url, "", {.authorities = authority})
                            .ask("POST", "/api/stoker/v1/nodes/join",
                                 {{"token", options.token},
                                  {"node_id", node_id},
                                  {"host", host_name()},
                                  {"password_verifier", db::scram_verifier("", password)},
                                  {"schema_version", db::newest_migration()}});
    db::Login login{.password = password};
    if (!authorities.of_database.empty()) {
        const fs::path file = fs::absolute(data_folder / "secrets/authority.crt");
        write_file(file, authorities.of_database, fs::perms(0600));
        login.root_certificate = file.string();
    }
    write_file(node_dsn_file(data_folder), db::with_login(answer.at("database"), login) + "\n", fs::perms(0600));
    if (const std::string node_token = answer.value("node_token", ""); !node_token.empty())
        write_file(node_token_file(data_folder), node_token + "\n", fs::perms(0600));
    NodeIdentity identity;
    identity.node_id = answer.at("node_id");
    identity.server_url = options.server_url;
    identity.workspace_id = answer.at("workspace_id");
    identity.dbfs_root = options.node.settings.dbfs_root;
    identity.has_tables = answer.at("has_tables");
    identity.metastore_uri = options.node.settings.metastore_uri;
    identity.labels = options.node.settings.labels;
    identity.address = options.node.settings.address;
    identity.write(data_folder);
    return identity;
}

int join_and_serve(JoinOptions options) {
    auto& settings = options.node.settings;
    settings.data_folder = fs::absolute(settings.data_folder);
    const NodeIdentity identity = join(options);
    std::cerr << "This machine is node " << identity.node_id << " of " << identity.server_url
              << " now. From here on `stoker node --data-dir " << settings.data_folder.string() << "` starts it."
              << std::endl;
    if (options.server_url.starts_with("http://"))
        std::cerr
            << "What notebooks ask the API, tokens of runs and of this node, tables and files of DBFS travel in clear: "
            << options.server_url << " has no TLS. The way to the database has." << std::endl;
    return serve_node(options.node);
}
}  // namespace

void add_node_join_command(CLI::App& node, Action& action) {
    auto options = std::make_shared<JoinOptions>();
    CLI::App* join = node.add_subcommand("join", "Makes this machine a node of a server elsewhere, and serves");
    join->footer(
        "DBFS is the server's, through its API: the node mounts it at storage/dbfs in the data folder, and keeps what "
        "it "
        "has read in\ndbfs_cache beside it. --dbfs-root names a folder that is used instead, as it is.");
    join->add_option("--server", options->server_url, "URL of the API, as this machine reaches it")->required();
    join->add_option("--token", options->token, "as `stoker node token create` printed it; good for one machine")
        ->required()
        ->envname("STOKER_JOIN_TOKEN");
    options->node.add_to(*join);
    join->callback([options, &action] { action = [options] { return join_and_serve(*options); }; });
}

}  // namespace stoker::cli
