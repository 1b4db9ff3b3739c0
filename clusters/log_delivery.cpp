#include "clusters/log_delivery.h"

#include <algorithm>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <spdlog/spdlog.h>

#include "clusters/command.h"
#include "clusters/file_descriptor.h"
#include "db/cluster_log_store.h"
#include "db/listener.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kLongestCopy{120};
constexpr int kChangedWhileRead = 1;  // of tar: what it read is whole up to some moment

std::string last_line(const std::string& output) {
    const auto end = output.find_last_not_of('\n');
    if (end == std::string::npos) return "";
    const auto begin = output.find_last_of('\n', end);
    return output.substr(begin + 1, end - begin);
}

/// What there is of the cluster's logs, under the names that it has at the destination.
std::vector<std::string> packing(const fs::path& data_folder, const ClusterId& cluster_id,
                                 const std::set<WorkerId>& workers) {
    const fs::path logs = data_folder / "logs";
    const std::string printed = cluster_id + ".log";
    std::vector<std::string> argv{"tar", "--create", "--file=-", "--mode=u=rwX,go=rX"};
    std::vector<std::string> members;
    auto add = [&](const fs::path& folder, const std::string& member, const std::string& name) {
        if (!fs::exists(folder / member)) return;
        if (!name.empty()) argv.push_back("--transform=s|^" + member + "|" + name + "|SH");
        members.insert(members.end(), {"--directory=" + folder.string(), member});
    };
    add(logs, printed, "driver/stderr");
    add(logs / cluster_id, "init_scripts", "");
    for (const WorkerId& worker_id : workers) add(data_folder / "spark_logs", worker_id, "executor");
    if (members.empty()) return {};
    argv.insert(argv.end(), members.begin(), members.end());
    return argv;
}

FileDescriptor nameless_file(const fs::path& name) {
    FileDescriptor file(open(name.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600));
    if (!file) throw std::system_error(errno, std::generic_category(), name.string());
    fs::remove(name);
    return file;
}

void expect(const std::string& what, int most, const CommandResult& result) {
    if (result.status <= most) return;
    throw std::runtime_error(what + ": " + last_line(result.output));
}

}  // namespace

LogDelivery::LogDelivery(Children& children, EnvironmentBuilder& environments, db::Pool& pool, const Clock& clock,
                         Settings settings)
    : children_(children),
      environments_(environments),
      pool_(pool),
      clock_(clock),
      settings_(std::move(settings)),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

LogDelivery::~LogDelivery() = default;

void LogDelivery::worker_starts(const ClusterId& cluster_id, const WorkerId& worker_id, const std::string& folder) {
    if (folder.empty()) return;
    std::lock_guard lock(mutex_);
    Delivery& delivery = deliveries_[cluster_id];
    delivery.destination = settings_.dbfs_root / folder / cluster_id;
    delivery.workers.insert(worker_id);
    delivery.living.insert(worker_id);
}

void LogDelivery::worker_has_ended(const ClusterId& cluster_id, const WorkerId& worker_id) {
    std::lock_guard lock(mutex_);
    const auto found = deliveries_.find(cluster_id);
    if (found == deliveries_.end()) return;
    found->second.living.erase(worker_id);
    found->second.is_due = true;
    changed_.notify_one();
}

/// The top of a thread. Asked to stop it delivers what is due before it leaves.
void LogDelivery::work(const std::stop_token& stop) {
    auto next_round = clock_.monotonic() + settings_.interval;
    for (;;) {
        bool round = false;
        {
            std::unique_lock lock(mutex_);
            const auto any_due = [this] {
                return std::ranges::any_of(deliveries_, [](const auto& entry) { return entry.second.is_due; });
            };
            const bool due = changed_.wait_until(lock, stop, next_round, any_due);
            if (!due && stop.stop_requested()) return;
            round = !due;
        }
        if (round) next_round = clock_.monotonic() + settings_.interval;
        for (const auto& [cluster_id, delivery] : take_due(round)) deliver(cluster_id, delivery);
    }
}

std::map<ClusterId, LogDelivery::Delivery> LogDelivery::take_due(bool all) {
    std::lock_guard lock(mutex_);
    std::map<ClusterId, Delivery> due;
    for (auto& [cluster_id, delivery] : deliveries_) {
        if (!all && !delivery.is_due) continue;
        due.emplace(cluster_id, delivery);
        delivery.is_due = false;
    }
    std::erase_if(deliveries_, [](const auto& entry) { return entry.second.living.empty(); });
    return due;
}

void LogDelivery::deliver(const ClusterId& cluster_id, const Delivery& delivery) {
    try {
        const std::string trouble = copy(cluster_id, delivery);
        if (!trouble.empty()) spdlog::warn("cluster_id={} logs were not delivered: {}", cluster_id, trouble);
        pool_.run_blocking([&](db::Transaction& tx) { db::logs_were_delivered(tx, cluster_id, trouble); });
    } catch (const std::exception& error) {
        spdlog::warn("cluster_id={} the delivery of logs could not be recorded: {}", cluster_id, error.what());
    }
}

/// What went wrong, "" = nothing.
std::string LogDelivery::copy(const ClusterId& cluster_id, const Delivery& delivery) {
    constexpr const char* kUnpack =
        "umask 022; mkdir -p -- \"$1\" && "
        "exec tar --extract --file=- --directory=\"$1\" --no-same-owner --no-same-permissions";
    try {
        const auto pack = packing(settings_.data_folder, cluster_id, delivery.workers);
        if (pack.empty()) return "";
        const FileDescriptor packed = nameless_file(settings_.data_folder / "logs/.delivery");
        SpawnRequest packing_up = command_line(pack, machine_environ());
        packing_up.descriptors = {{packed.get(), 1}};
        expect("reading the logs", kChangedWhileRead, run_command(children_, packing_up, nullptr, {}, kLongestCopy));

        lseek(packed.get(), 0, SEEK_SET);
        SpawnRequest unpacking = command_line({"sh", "-c", kUnpack, "sh", delivery.destination.string()},
                                              machine_environ(), settings_.kernel_user);
        unpacking.descriptors = {{packed.get(), 0}};
        Reach reach{{}, {settings_.dbfs_root}};
        expect("writing to " + delivery.destination.string(), 0,
               run_command(children_, confined(std::move(unpacking), environments_.confinement({}), reach), nullptr, {},
                           kLongestCopy));
        return "";
    } catch (const std::exception& error) {
        return error.what();
    }
}

}  // namespace stoker::clusters
