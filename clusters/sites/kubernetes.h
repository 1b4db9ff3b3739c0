#pragma once
#include <filesystem>
#include <memory>

#include "clusters/sites/kubernetes_api.h"
#include "clusters/sites/kubernetes_settings.h"
#include "clusters/sites/site.h"

namespace stoker::clusters {

/// Workers as pods of a namespace. The data folder is a volume of theirs, under the same path: by it they are told what
/// they are to do, since nothing but an end can be sent to a pod.
class Kubernetes final : public Site {
  public:
    struct Settings {
        NodeId node_id;
        std::filesystem::path data_folder;
        std::filesystem::path program;  // the stoker binary, in the pods' image under the same path
        KubernetesSettings kubernetes;
    };
    explicit Kubernetes(Settings settings);

    std::string provider() const override { return kKubernetesProvider; }
    Names names() const override { return {"Kubernetes", "pod"}; }
    std::string unavailable() const override { return unavailable_; }
    std::variant<std::string, SiteRefusal> submit(const WorkerLaunch& launch, const ClusterDefinition& definition,
                                                  const std::stop_token& stop) override;
    std::variant<std::vector<SiteJob>, SiteRefusal> jobs(const std::stop_token& stop) override;
    std::string tell(const SiteJob& job, SiteMessage message, const std::stop_token& stop) override;

  private:
    void connect();
    std::string pods_path() const;
    static SiteRefusal refusal_of(const KubernetesAnswer& answer);
    std::string remove(const std::string& pod, const nlohmann::json& options, const std::stop_token& stop);

    const Settings settings_;
    const std::string node_label_;
    std::unique_ptr<KubernetesApi> api_;  // nullptr = unavailable
    std::string unavailable_;
};

}  // namespace stoker::clusters
