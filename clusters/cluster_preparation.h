#pragma once
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "clusters/cluster_definition.h"
#include "clusters/environment.h"
#include "clusters/jars.h"
#include "db/cluster_store.h"

namespace stoker::clusters {

/// Makes the environment and the jars for a cluster's libraries, on a thread of its own. Both are kept from being
/// removed as long as it lives. The destructor stops the work and waits for its end.
class ClusterPreparation {
  public:
    enum class State { kRunning, kDone, kFailed, kStopped };
    struct Result {
        State state = State::kRunning;
        Environment environment;
        Jars jars;
        std::string failure;            // of kFailed, for the user
        bool library_failed = false;    // kFailed: a library is at fault, not the machine
        std::optional<Library> guilty;  // which, when that is known
        InstallStage stage = InstallStage::kResolving;
        std::string progress;  // the latest line
    };
    /// `changed` is called on the thread of the work after each change of the result. Builder and resolver outlive it.
    /// Throws ApiError when the cluster's definition does not hold any more.
    ClusterPreparation(EnvironmentBuilder& environments, JarResolver& jars, const Catalog& catalog,
                       const db::ClusterRow& cluster, std::function<void()> changed);

    /// Whether the cluster still asks for this.
    bool is_for(const db::ClusterRow& cluster) const {
        return cluster.generation == generation_ && cluster.libraries == libraries_;
    }
    Result result() const;
    void stop() { thread_.request_stop(); }

  private:
    void work(const std::stop_token& stop);
    void set(const std::function<void(Result&)>& change);

    EnvironmentBuilder& environments_;
    JarResolver& jars_;
    const std::int64_t generation_;
    const std::string libraries_;
    const ClusterDefinition definition_;
    const SparkVersion spark_version_;
    const std::string reader_;  // who the cluster runs as
    const std::function<void()> changed_;
    mutable std::mutex mutex_;
    Result result_;        // protected by mutex_
    std::jthread thread_;  // last: it uses all of the above
};

}  // namespace stoker::clusters
