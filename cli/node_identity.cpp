#include "cli/node_identity.h"

#include <nlohmann/json.hpp>

#include "cli/data_folder.h"
#include "cli/start_error.h"

namespace fs = std::filesystem;

namespace stoker::cli {
namespace {
fs::path file_of(const fs::path& data_folder) {
    return data_folder / "node.json";
}
}  // namespace

void NodeIdentity::write(const fs::path& data_folder) const {
    const nlohmann::json identity{{"node_id", node_id},
                                  {"server_url", server_url},
                                  {"workspace_id", workspace_id},
                                  {"dbfs_root", dbfs_root.string()},
                                  {"metastore_uri", metastore_uri},
                                  {"has_tables", has_tables},
                                  {"address", address},
                                  {"labels", labels}};
    write_file(file_of(data_folder), identity.dump(2) + "\n", fs::perms(0600));
}

std::optional<NodeIdentity> NodeIdentity::read(const fs::path& data_folder) {
    const std::string text = read_file_or_empty(file_of(data_folder));
    if (text.empty()) return std::nullopt;
    const auto identity = nlohmann::json::parse(text, nullptr, false);
    if (!identity.is_object() || !identity.contains("node_id"))
        throw StartError(file_of(data_folder).string() + " cannot be understood: remove the folder and join again.");
    return NodeIdentity{identity.at("node_id"),
                        identity.value("server_url", ""),
                        identity.value("workspace_id", "0"),
                        identity.value("dbfs_root", ""),
                        identity.value("metastore_uri", ""),
                        identity.value("has_tables", false),
                        identity.value("address", ""),
                        identity.value("labels", std::map<std::string, std::string>())};
}

fs::path node_dsn_file(const fs::path& data_folder) {
    return data_folder / "secrets/node_dsn";
}

fs::path api_authority_file(const fs::path& data_folder) {
    return data_folder / "secrets/api_authority.crt";
}

fs::path node_token_file(const fs::path& data_folder) {
    return data_folder / "secrets/node_token";
}

std::string node_token(const fs::path& data_folder) {
    std::string token = read_file_or_empty(node_token_file(data_folder));
    token.erase(token.find_last_not_of('\n') + 1);
    return token;
}

}  // namespace stoker::cli
