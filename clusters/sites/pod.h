#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "clusters/sites/site.h"

namespace stoker::clusters {

// A worker's pod: what is asked of Kubernetes, and what it answers. https://kubernetes.io/docs/reference/ has the
// fields.

/// Of the pods that one node has asked for.
inline constexpr const char* kNodeLabel = "stoker/node";

/// A Pod of the operator's, from YAML or JSON: what is not the worker's own business (image, volumes, service account,
/// tolerations, security). The container named "worker", or else the first, becomes the worker. Returns JSON. Throws
/// std::runtime_error naming file and line.
std::string read_pod_template(const std::filesystem::path& file);

/// The template with the worker in it: its name, labels, command, resources; it is never restarted.
nlohmann::json make_pod(const WorkerLaunch& launch, const std::string& pod_template, const std::string& node_label,
                        const std::filesystem::path& program);

/// Of a PodList those that are workers.
std::vector<SiteJob> read_pods(const nlohmann::json& list);

}  // namespace stoker::clusters
