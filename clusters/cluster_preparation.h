#pragma once
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "clusters/cluster_definition.h"
#include "clusters/environment.h"
#include "clusters/jars.h"

namespace stoker::clusters {

/// Makes the environment and the jars of one generation of a cluster, on a thread of its own. The destructor stops the
/// work and waits for its end.
class ClusterPreparation {
  public:
    enum class State { kRunning, kDone, kFailed, kStopped };
    struct Result {
        State state = State::kRunning;
        std::filesystem::path python;
        std::filesystem::path jars_folder;
        std::string failure;          // of kFailed, for the user
        bool library_failed = false;  // kFailed: a library is at fault, not the machine
        std::string progress;         // the latest line
    };
    /// `reader`: who the cluster runs as. `changed` is called on the thread of the work after each change of the
    /// result. Builder and resolver outlive it.
    ClusterPreparation(EnvironmentBuilder& environments, JarResolver& jars, std::int64_t generation,
                       ClusterDefinition definition, std::string reader, std::function<void()> changed);

    std::int64_t generation() const { return generation_; }
    Result result() const;
    void stop() { thread_.request_stop(); }

  private:
    void work(const std::stop_token& stop);
    void set(const std::function<void(Result&)>& change);

    EnvironmentBuilder& environments_;
    JarResolver& jars_;
    const std::int64_t generation_;
    const ClusterDefinition definition_;
    const std::string reader_;
    const std::function<void()> changed_;
    mutable std::mutex mutex_;
    Result result_;        // protected by mutex_
    std::jthread thread_;  // last: it uses all of the above
};

}  // namespace stoker::clusters
