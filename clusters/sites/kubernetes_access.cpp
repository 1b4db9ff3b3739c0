#include "clusters/sites/kubernetes_access.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <yaml-cpp/yaml.h>

#include "core/hash.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream) throw std::runtime_error(file.string() + " cannot be read.");
    return text.str();
}

std::string text_of(const YAML::Node& node) {
    return node && node.IsScalar() ? node.Scalar() : "";
}

/// The member `member` of the entry of that name in one of a kubeconfig's lists.
YAML::Node entry_of(const YAML::Node& list, const std::string& name, const char* member) {
    if (list && list.IsSequence()) {
        for (const YAML::Node& entry : list)
            if (entry.IsMap() && text_of(entry["name"]) == name && entry[member] && entry[member].IsMap())
                return entry[member];
    }
    throw std::runtime_error("it has no " + std::string(member) + " '" + name + "'.");
}

/// What stands in the file itself as base64, or in another one beside it.
std::string data_of(const YAML::Node& node, const std::string& field, const fs::path& folder) {
    if (const std::string data = text_of(node[field + "-data"]); !data.empty()) {
        const auto decoded = base64_decode(data);
        if (!decoded) throw std::runtime_error(field + "-data is not base64.");
        return *decoded;
    }
    const std::string file = text_of(node[field]);
    return file.empty() ? "" : content_of(folder / file);
}

KubernetesAccess read(const YAML::Node& root, const fs::path& folder) {
    if (!root.IsMap()) throw std::runtime_error("it is no kubeconfig.");
    const YAML::Node context = entry_of(root["contexts"], text_of(root["current-context"]), "context");
    const YAML::Node cluster = entry_of(root["clusters"], text_of(context["cluster"]), "cluster");
    const YAML::Node user = entry_of(root["users"], text_of(context["user"]), "user");
    for (const char* field : {"exec", "auth-provider", "username"})
        if (user[field])
            throw std::runtime_error(std::string("its user logs in by '") + field +
                                     "'; use a token, a token file or a client certificate.");
    if (text_of(cluster["insecure-skip-tls-verify"]) == "true")
        throw std::runtime_error("insecure-skip-tls-verify is not supported; give certificate-authority.");
    KubernetesAccess access;
    access.server = text_of(cluster["server"]);
    if (!access.server.starts_with("https://"))
        throw std::runtime_error("the server is '" + access.server + "', expected an https:// URL.");
    access.authorities = data_of(cluster, "certificate-authority", folder);
    access.token = text_of(user["token"]);
    if (const std::string file = text_of(user["tokenFile"]); !file.empty()) access.token_file = folder / file;
    access.client_certificate = data_of(user, "client-certificate", folder);
    access.client_key = data_of(user, "client-key", folder);
    if (const std::string name = text_of(context["namespace"]); !name.empty()) access.namespace_name = name;
    return access;
}

}  // namespace

std::optional<KubernetesAccess> access_of_this_pod(const fs::path& service_account) {
    const char* host = std::getenv("KUBERNETES_SERVICE_HOST");
    const char* port = std::getenv("KUBERNETES_SERVICE_PORT");
    if (!host || !port || !fs::exists(service_account / "token")) return std::nullopt;
    const std::string name = host;
    KubernetesAccess access;
    access.server = "https://" + (name.find(':') == name.npos ? name : "[" + name + "]") + ":" + port;
    access.authorities = content_of(service_account / "ca.crt");
    access.token_file = service_account / "token";
    access.namespace_name = content_of(service_account / "namespace");
    return access;
}

KubernetesAccess read_kubeconfig(const fs::path& file) {
    const std::string text = content_of(file);
    try {
        return read(YAML::Load(text), file.parent_path());
    } catch (const YAML::Exception& error) {
        throw std::runtime_error(file.string() + ":" + std::to_string(error.mark.line + 1) + ": " + error.msg + ".");
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(file.string() + ": " + error.what());
    }
}

}  // namespace stoker::clusters
