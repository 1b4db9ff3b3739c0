#include "clusters/sites/kubernetes.h"

#include <algorithm>
#include <system_error>

#include "clusters/sites/pod.h"
#include "clusters/worker_order.h"
#include "core/hash.h"

namespace stoker::clusters {
namespace {

constexpr long kNotFound = 404;
constexpr long kTooManyRequests = 429;
constexpr std::size_t kLabelLength = 40;  // of 63 at most

/// By which this node knows its pods.
std::string label_of(const Kubernetes::Settings& settings) {
    return sha256_hex(settings.node_id + "@" + settings.data_folder.string()).substr(0, kLabelLength);
}

bool is_namespace(const std::string& name) {
    return !name.empty() && name.size() <= 63 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

KubernetesAccess access_of(const KubernetesSettings& settings) {
    if (!settings.kubeconfig.empty()) return read_kubeconfig(settings.kubeconfig);
    if (auto access = access_of_this_pod()) return *access;
    throw std::runtime_error(
        "it is no pod itself, and the settings file names no kubeconfig (section kubernetes; "
        "docs/operations/compute.md).");
}

}  // namespace

Kubernetes::Kubernetes(Settings settings) : settings_(std::move(settings)), node_label_(label_of(settings_)) {
    try {
        connect();
    } catch (const std::runtime_error& failure) {
        unavailable_ = "Kubernetes: node " + settings_.node_id + " has no access: " + failure.what();
    }
}

void Kubernetes::connect() {
    const KubernetesSettings& settings = settings_.kubernetes;
    KubernetesAccess access = access_of(settings);
    if (!settings.namespace_name.empty()) access.namespace_name = settings.namespace_name;
    if (!is_namespace(access.namespace_name))
        throw std::runtime_error("'" + access.namespace_name + "' is no name of a namespace.");
    api_ = std::make_unique<KubernetesApi>(std::move(access));
}

std::string Kubernetes::pods_path() const {
    return "/api/v1/namespaces/" + api_->namespace_name() + "/pods";
}

SiteRefusal Kubernetes::refusal_of(const KubernetesAnswer& answer) {
    return {answer.failure, answer.status >= 400 && answer.status < 500 && answer.status != kTooManyRequests};
}

std::variant<std::string, SiteRefusal> Kubernetes::submit(const WorkerLaunch& launch,
                                                          const ClusterDefinition& definition,
                                                          const std::stop_token& stop) {
    const std::string& pod_template = settings_.kubernetes.pod_templates.at(definition.pod_template);
    make_place_for_orders(launch.work_folder);
    const nlohmann::json pod = make_pod(launch, pod_template, node_label_, settings_.program);
    const KubernetesAnswer answer = api_->ask("POST", pods_path(), pod, stop);
    if (!answer.failure.empty()) return refusal_of(answer);
    return pod["metadata"]["name"].get<std::string>();
}

/// A pod that has ended stays until somebody removes it.
std::variant<std::vector<SiteJob>, SiteRefusal> Kubernetes::jobs(const std::stop_token& stop) {
    const std::string selector = std::string("?labelSelector=stoker%2Fnode%3D") + node_label_;
    const KubernetesAnswer answer = api_->ask("GET", pods_path() + selector, nullptr, stop);
    if (!answer.failure.empty()) return refusal_of(answer);
    if (!answer.body.contains("items")) return SiteRefusal{"it has answered without a list of pods."};
    std::vector<SiteJob> jobs = read_pods(answer.body);
    for (const SiteJob& job : jobs)
        if (job.phase == SiteJob::Phase::kEnded) remove(job.id, nlohmann::json::object(), stop);
    return jobs;
}

std::string Kubernetes::remove(const std::string& pod, const nlohmann::json& options, const std::stop_token& stop) {
    const KubernetesAnswer answer = api_->ask("DELETE", pods_path() + "/" + pod, options, stop);
    return answer.status == kNotFound ? "" : answer.failure;
}

std::string Kubernetes::tell(const SiteJob& job, SiteMessage message, const std::stop_token& stop) {
    if (message == SiteMessage::kRenew) return "";  // it looks at its launch file
    // It stays listed until its machine has confirmed that nothing of it runs any more.
    if (message == SiteMessage::kCancel) return remove(job.id, {{"gracePeriodSeconds", 1}}, stop);
    write_order(settings_.data_folder / "workers" / job.worker_id,
                message == SiteMessage::kRetire ? WorkerOrder::kRetire : WorkerOrder::kStop);
    if (job.phase != SiteJob::Phase::kWaiting) return "";
    // One that has begun meanwhile finds the order; it may have runs to end.
    if (job.version.empty()) return "it has not been seen yet.";
    return remove(job.id, {{"preconditions", {{"resourceVersion", job.version}}}}, stop);
}

}  // namespace stoker::clusters
