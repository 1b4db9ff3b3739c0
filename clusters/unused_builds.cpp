#include "clusters/unused_builds.h"

#include <spdlog/spdlog.h>

#include "clusters/build_folder.h"

namespace stoker::clusters {
namespace {

constexpr std::chrono::hours kPause{1};
constexpr EpochMillis kDay = 86'400'000;

}  // namespace

UnusedBuilds::UnusedBuilds(const Clock& clock, Settings settings)
    : clock_(clock), settings_(std::move(settings)), thread_([this](const std::stop_token& stop) { work(stop); }) {}

/// The top of a thread.
void UnusedBuilds::work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    do {
        try {
            sweep();
        } catch (const std::exception& error) {
            spdlog::warn("what nobody uses could not be removed: {}", error.what());
        }
        never_.wait_for(lock, stop, kPause, [] { return false; });
    } while (!stop.stop_requested());
}

void UnusedBuilds::sweep() const {
    const EpochMillis since = clock_.epoch_millis() - settings_.kept_days * kDay;
    for (const auto& root : settings_.roots)
        for (const std::string& name : remove_unused(root, since))
            spdlog::info("{} is removed: unused for {} days", (root / name).string(), settings_.kept_days);
}

}  // namespace stoker::clusters
