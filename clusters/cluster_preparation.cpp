#include "clusters/cluster_preparation.h"

#include <utility>

namespace stoker::clusters {

ClusterPreparation::ClusterPreparation(EnvironmentBuilder& environments, JarResolver& jars, const Catalog& catalog,
                                       const db::ClusterRow& cluster, std::function<void()> changed)
    : environments_(environments),
      jars_(jars),
      generation_(cluster.generation),
      libraries_(cluster.libraries),
      definition_(stored_definition(cluster.spec, cluster.libraries, catalog)),
      spark_version_(*catalog.find_spark_version(definition_.spark_version)),
      reader_(cluster.run_as_user_name),
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
    auto progress = [this](InstallStage stage, const std::string& line) {
        set([&](Result& result) {
            result.stage = stage;
            result.progress = line;
        });
    };
    auto fail = [this](const std::string& message, bool library_failed, const std::optional<Library>& guilty) {
        set([&](Result& result) {
            result.failure = message;
            result.library_failed = library_failed;
            result.guilty = guilty;
            result.state = State::kFailed;
        });
    };
    try {
        // Jars first: they tell in seconds what does not resolve.
        JarRequest request = jar_request(definition_.libraries, definition_.spark_conf);
        request.reader = reader_;
        Jars jars = jars_.resolve(request, progress, stop);
        Environment environment =
            environments_.build({spark_version_, definition_.libraries, {}, reader_}, progress, stop);
        set([&](Result& result) {
            result.environment = environment;
            result.jars = jars;
            result.state = State::kDone;
        });
    } catch (const Stopped&) {
        set([](Result& result) { result.state = State::kStopped; });
    } catch (const LibraryError& error) {
        fail(error.what(), true, error.library());
    } catch (const std::exception& error) {
        fail(std::string("The cluster's environment could not be made: ") + error.what(), false, std::nullopt);
    }
}

}  // namespace stoker::clusters
