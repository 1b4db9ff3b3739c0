#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace stoker::clusters {

/// How the API server of a Kubernetes cluster is reached, and as whom.
struct KubernetesAccess {
    std::string server;                // https://host:port
    std::string authorities;           // PEM; "" = those of the machine
    std::string token;                 // "" = none, or in token_file
    std::filesystem::path token_file;  // read again for each request: tokens of service accounts are short-lived
    std::string client_certificate;    // PEM; "" = none
    std::string client_key;            // PEM
    std::string namespace_name = "default";
};

/// Where every pod finds its service account.
inline constexpr const char* kServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

/// That of the pod which this process runs in; nullopt: it runs in none. Throws std::runtime_error.
std::optional<KubernetesAccess> access_of_this_pod(const std::filesystem::path& service_account = kServiceAccount);
/// That of the file's current context. Throws std::runtime_error naming the file and what is wrong or not supported.
KubernetesAccess read_kubeconfig(const std::filesystem::path& file);

}  // namespace stoker::clusters
