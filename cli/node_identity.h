#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/ids.h"

namespace stoker::cli {

/// What a machine has become by joining: node.json (0600) in its data folder, beside secrets/node_dsn,
/// secrets/node_token, secrets/authority.crt and secrets/api_authority.crt.
struct NodeIdentity {
    NodeId node_id;
    std::string server_url;
    std::string workspace_id;
    std::filesystem::path dbfs_root;  // "" = storage/dbfs in the data folder
    std::string metastore_uri;        // that the operator has named
    bool has_tables = false;          // the server has a catalog of tables
    std::string address;              // "" = by which it reaches Postgres
    std::map<std::string, std::string> labels;

    void write(const std::filesystem::path& data_folder) const;
    /// nullopt: the machine has not joined. Throws StartError when the file cannot be understood.
    static std::optional<NodeIdentity> read(const std::filesystem::path& data_folder);
};
std::filesystem::path node_dsn_file(const std::filesystem::path& data_folder);
/// Who vouches for the API (PEM); empty or not there: this machine's own authorities do.
std::filesystem::path api_authority_file(const std::filesystem::path& data_folder);
/// Of the token for the server's files; nodes that joined before there was one have none.
std::filesystem::path node_token_file(const std::filesystem::path& data_folder);
/// "" when there is none.
std::string node_token(const std::filesystem::path& data_folder);

}  // namespace stoker::cli
