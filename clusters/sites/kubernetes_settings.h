#pragma once
#include <filesystem>
#include <map>
#include <string>

namespace stoker::clusters {

/// What the operator's settings say of Kubernetes: section `kubernetes`.
struct KubernetesSettings {
    std::filesystem::path kubeconfig;                  // "" = the node is a pod itself, and its service account is used
    std::string namespace_name;                        // "" = that of the kubeconfig or the service account
    std::map<std::string, std::string> pod_templates;  // by name, each a Pod in JSON
};

/// The pod template of clusters that name none.
inline constexpr const char* kDefaultPodTemplate = "default";

}  // namespace stoker::clusters
