#include "clusters/cluster_preparation.h"

#include <utility>

namespace stoker::clusters {

ClusterPreparation::ClusterPreparation(EnvironmentBuilder& environments, JarResolver& jars, std::int64_t generation,
                                       ClusterDefinition definition, std::string reader, std::function<void()> changed)
    : environments_(environments),
      jars_(jars),
      generation_(generation),
      definition_(std::move(definition)),
      reader_(std::move(reader)),
      changed_(std::move(changed)),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

ClusterPreparation::Result ClusterPreparation::result() const {
    std::lock_guard lock(mutex_);
    return result_;
}

void ClusterPreparation::set(const std::function<void(Result&)>& change) {
    {
        std::lock_guard lock(mutex_);
        change(result_);
    }
    changed_();
}

/// The top of a thread: whatever goes wrong becomes the result.
void ClusterPreparation::work(const std::stop_token& stop) {
    auto progress = [this](const std::string& line) { set([&](Result& result) { result.progress = line; }); };
    auto fail = [this](const std::string& message, bool library) {
        set([&](Result& result) {
            result.failure = message;
            result.library_failed = library;
            result.state = State::kFailed;
        });
    };
    try {
        // Jars first: they tell in seconds what does not resolve.
        JarRequest jars = jar_request(definition_.libraries, definition_.spark_conf);
        jars.reader = reader_;
        auto folder = jars_.resolve(jars, progress, stop);
        Environment environment =
            environments_.build({definition_.spark_version, definition_.libraries, {}, reader_}, progress, stop);
        set([&](Result& result) {
            result.python = environment.python;
            result.jars_folder = folder;
            result.state = State::kDone;
        });
    } catch (const Stopped&) {
        set([](Result& result) { result.state = State::kStopped; });
    } catch (const LibraryError& error) {
        fail(error.what(), true);
    } catch (const std::exception& error) {
        fail(std::string("The cluster's environment could not be made: ") + error.what(), false);
    }
}

}  // namespace stoker::clusters
