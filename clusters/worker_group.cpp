#include "clusters/worker_group.h"

#include <cerrno>
#include <fstream>
#include <functional>
#include <system_error>
#include <vector>

#include <sched.h>
#include <unistd.h>

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

constexpr int kPeriodMicros = 100'000;

bool write(const fs::path& file, const std::string& text) {
    std::ofstream stream(file);
    stream << text;
    stream.flush();
    return stream.good();
}

bool make_group(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    return !error && ::access((folder / "cgroup.procs").c_str(), W_OK) == 0;
}

/// The groups beneath first; what the system keeps in them is no file to be removed.
void remove_group(const fs::path& folder) {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
        if (entry->is_directory(error)) remove_group(entry->path());
    ::rmdir(folder.c_str());
}

}  // namespace

WorkerGroup::WorkerGroup(const WorkerId& worker_id, const fs::path& mount) {
    std::error_code error;
    const fs::path below = fs::path("stoker") / worker_id;
    is_unified_ = fs::exists(mount / "cgroup.controllers", error);
    memory_ = is_unified_ ? mount / below : mount / "memory" / below;
    cpu_ = is_unified_ ? memory_ : mount / "cpu" / below;
}

std::string WorkerGroup::make(const WorkerLimits& limits) const {
    const std::string memory = std::to_string(limits.memory_mb << 20);
    const std::string quota = std::to_string(limits.cores * kPeriodMicros);
    bool made = false;
    if (is_unified_) {
        const fs::path stoker = memory_.parent_path();
        made = make_group(memory_);
        for (const fs::path& folder : {stoker.parent_path(), stoker})
            made = made && write(folder / "cgroup.subtree_control", "+cpu +memory +pids");
        // Controllers are passed on to groups of kernels, so the worker itself needs one beside theirs.
        made = made && make_group(memory_ / "worker");
        if (limits.memory_mb)
            made = made && write(memory_ / "memory.max", memory) && write(memory_ / "memory.swap.max", "0");
        if (limits.cores) made = made && write(memory_ / "cpu.max", quota + " " + std::to_string(kPeriodMicros));
    } else {
        std::error_code error;
        made = fs::exists(memory_.parent_path().parent_path() / "cgroup.procs", error) && make_group(memory_) &&
               fs::exists(cpu_.parent_path().parent_path() / "cgroup.procs", error) && make_group(cpu_);
        if (limits.memory_mb) made = made && write(memory_ / "memory.limit_in_bytes", memory);
        if (limits.cores) made = made && write(cpu_ / "cpu.cfs_quota_us", quota);
    }
    if (!made) {
        remove();
        return "";
    }
    return is_unified_ ? "cgroup v2" : "cgroup v1";
}

void WorkerGroup::enter() const {
    std::vector<fs::path> groups{is_unified_ ? memory_ / "worker" : memory_};
    if (!is_unified_) groups.push_back(cpu_);
    for (const fs::path& group : groups)
        if (!write(group / "cgroup.procs", std::to_string(::getpid())))
            throw std::system_error(errno, std::generic_category(), "entering " + group.string());
}

int WorkerGroup::oom_kills() const {
    std::ifstream counts(memory_ / (is_unified_ ? "memory.events" : "memory.oom_control"));
    std::string name;
    for (int count = 0; counts >> name >> count;)
        if (name == "oom_kill") return count;
    return 0;
}

void WorkerGroup::remove() const {
    remove_group(memory_);
    if (cpu_ != memory_) remove_group(cpu_);
}

void keep_to_cores(const WorkerId& worker_id, int cores) {
    cpu_set_t allowed, chosen;
    CPU_ZERO(&chosen);
    if (cores <= 0 || ::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    std::vector<int> numbers;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        if (CPU_ISSET(cpu, &allowed)) numbers.push_back(cpu);
    // Workers begin at different cores, so that they share none for as long as there are enough.
    const std::size_t first = std::hash<std::string>{}(worker_id);
    for (std::size_t i = 0; i < static_cast<std::size_t>(cores) && i < numbers.size(); ++i)
        CPU_SET(numbers[(first + i) % numbers.size()], &chosen);
    ::sched_setaffinity(0, sizeof chosen, &chosen);
}

}  // namespace stoker::clusters
