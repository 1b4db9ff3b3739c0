#include "workers/cgroup.h"

#include <fstream>

#include <unistd.h>

namespace stoker::workers {
namespace fs = std::filesystem;
namespace {

constexpr const char* kMaxProcesses = "4096";

bool write(const fs::path& file, const std::string& text) {
    std::ofstream stream(file);
    stream << text;
    stream.flush();
    return stream.good();
}

bool usable(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    return !error && ::access((folder / "cgroup.procs").c_str(), W_OK) == 0;
}

}  // namespace

Cgroup::~Cgroup() {
    ::rmdir(folder_.c_str());
}

void Cgroup::adopt(pid_t pid) const {
    if (!entered_by_kernel_) write(folder_ / "cgroup.procs", std::to_string(pid));
}

std::optional<CgroupRoot> CgroupRoot::open(const std::string& worker_id, const fs::path& mount) {
    CgroupRoot root;
    std::error_code error;
    root.unified_ = fs::exists(mount / "cgroup.controllers", error);
    const fs::path below = fs::path("stoker") / worker_id;
    if (root.unified_) {
        root.memory_ = mount / below;
        if (!usable(root.memory_)) return std::nullopt;
        // The worker's own process has a group beside those of kernels, if it has limits (clusters/worker_group).
        for (const fs::path& folder : {mount, mount / "stoker", root.memory_}) {
            write(folder / "cgroup.subtree_control", "+memory +pids");
        }
        root.kernels_ = root.memory_ / "kernels";
    } else {
        root.memory_ = mount / "memory" / below;
        root.pids_ = mount / "pids" / below;
        if (!fs::exists(mount / "memory" / "cgroup.procs", error) || !usable(root.memory_)) return std::nullopt;
        if (!fs::exists(mount / "pids" / "cgroup.procs", error) || !usable(root.pids_)) root.pids_.clear();
        if (!root.pids_.empty()) root.kernels_ = root.pids_ / "kernels";
    }
    if (root.kernels_.empty()) return root;
    if (usable(root.kernels_)) {
        write(root.kernels_ / "pids.max", kMaxProcesses);
    } else {
        root.kernels_.clear();
    }
    return root;
}

void CgroupRoot::adopt(pid_t zygote) const {
    if (!kernels_.empty()) write(kernels_ / "cgroup.procs", std::to_string(zygote));
}

std::unique_ptr<Cgroup> CgroupRoot::make(const std::string& kernel_id, std::int64_t memory_mb, uid_t owner) const {
    const fs::path folder = memory_ / kernel_id;
    if (!usable(folder)) return nullptr;
    std::unique_ptr<Cgroup> group(new Cgroup(folder));
    write(folder / (unified_ ? "memory.max" : "memory.limit_in_bytes"), std::to_string(memory_mb << 20));
    if (unified_) {
        write(folder / "memory.swap.max", "0");
        // Its OS user may not move it across the common ancestor, the worker may.
        write(folder / "pids.max", kMaxProcesses);
    } else {
        group->entered_by_kernel_ = ::chown((folder / "cgroup.procs").c_str(), owner, static_cast<gid_t>(-1)) == 0;
    }
    return group;
}

void CgroupRoot::remove() const {
    for (const fs::path& folder : {kernels_, memory_, pids_}) {
        if (!folder.empty()) ::rmdir(folder.c_str());
    }
}

}  // namespace stoker::workers
