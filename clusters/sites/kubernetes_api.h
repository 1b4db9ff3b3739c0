#pragma once
#include <memory>
#include <stop_token>
#include <string>

#include <nlohmann/json.hpp>

#include "clusters/sites/kubernetes_access.h"

namespace stoker::clusters {

struct KubernetesAnswer {
    long status = 0;      // of HTTP; 0 = the server did not answer
    nlohmann::json body;  // null without an answer
    std::string failure;  // in the server's words, or why there is no answer; "" = done
};

/// Requests to a Kubernetes API server, one after the other over one connection. Not for several threads at once.
class KubernetesApi {
  public:
    explicit KubernetesApi(KubernetesAccess access);
    ~KubernetesApi();

    /// `path` from its root: "/api/v1/…". Blocks for some 20 s at most, less when a stop is asked for.
    KubernetesAnswer ask(const std::string& method, const std::string& path, const nlohmann::json& body,
                         const std::stop_token& stop);
    const std::string& namespace_name() const { return access_.namespace_name; }

  private:
    struct Connection;
    const KubernetesAccess access_;
    std::unique_ptr<Connection> connection_;
};

}  // namespace stoker::clusters
