#pragma once
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "clusters/cluster_definition.h"
#include "clusters/worker_launch.h"

namespace stoker::clusters {

/// A worker's job of Slurm or its pod of Kubernetes, as the site tells of it.
struct SiteJob {
    enum class Phase { kWaiting, kRunning, kEnded };

    std::string id;  // by which the site knows it; "" = not known yet
    WorkerId worker_id;
    Phase phase = Phase::kWaiting;  // ended: nothing of it runs any more, and nothing will
    std::string state;              // in the site's word: "PENDING"
    std::string reason;             // of waiting, or of the end; "" = none
    int exit_code = 0;
    std::string version;  // by which the site tells whether it is still as seen; "" = it cannot tell
};

/// What a site says in place of an answer.
struct SiteRefusal {
    std::string message;
    bool is_final = false;  // it has said no; else it may not even have heard
};

/// What a job is told.
enum class SiteMessage {
    kRenew,   // it reads its launch file again
    kRetire,  // it leaves once its runs have ended; one that waits goes at once
    kStop,    // it leaves once its runs have ended or its grace is over; one that waits goes at once
    kCancel,  // it goes at once
};

/// What runs workers on machines of its own, by its own rules. Every call blocks until the site has answered, or for
/// some seconds when it does not. On one thread of its provider, but for the first three.
class Site {
  public:
    struct Names {
        std::string site;  // as messages call it: "Slurm"
        std::string job;   // "job"
    };

    virtual ~Site() = default;
    /// For its provider's name.
    virtual std::string provider() const = 0;
    virtual Names names() const = 0;
    /// Why this node can have no workers of it; "" = it can.
    virtual std::string unavailable() const = 0;

    /// The new job's id. Its launch file has been written.
    virtual std::variant<std::string, SiteRefusal> submit(const WorkerLaunch& launch,
                                                          const ClusterDefinition& definition,
                                                          const std::stop_token& stop) = 0;
    /// Those of this node, on this data folder, that run, wait, or have ended since one asked last.
    virtual std::variant<std::vector<SiteJob>, SiteRefusal> jobs(const std::stop_token& stop) = 0;
    /// "" when the site has taken it, else what it says.
    virtual std::string tell(const SiteJob& job, SiteMessage message, const std::stop_token& stop) = 0;
};

}  // namespace stoker::clusters
