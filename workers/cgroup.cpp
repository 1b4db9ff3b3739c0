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
    for (const fs::path& folder : folders_) ::rmdir(folder.c_str());
}

void Cgroup::adopt(pid_t pid) const {
    for (std::size_t i = entered_by_kernel_; i < folders_.size(); ++i) {
        write(folders_[i] / "cgroup.procs", std::to_string(pid));
    }
}

std::optional<CgroupRoot> CgroupRoot::open(const std::string& worker_id, const fs::path& mount) {
    CgroupRoot root;
    std::error_code error;
    root.unified_ = fs::exists(mount / "cgroup.controllers", error);
    const fs::path below = fs::path("stoker") / worker_id;
    if (root.unified_) {
        root.memory_ = mount / below;
        if (!usable(root.memory_)) return std::nullopt;
        for (const fs::path& folder : {mount, mount / "stoker", root.memory_}) {
            write(folder / "cgroup.subtree_control", "+memory +pids");
        }
        return root;
    }
    root.memory_ = mount / "memory" / below;
    root.pids_ = mount / "pids" / below;
    if (!fs::exists(mount / "memory" / "cgroup.procs", error) || !usable(root.memory_)) return std::nullopt;
    if (!fs::exists(mount / "pids" / "cgroup.procs", error) || !usable(root.pids_)) root.pids_.clear();
    return root;
}

std::unique_ptr<Cgroup> CgroupRoot::make(const std::string& kernel_id, std::int64_t memory_mb, uid_t owner) const {
    std::unique_ptr<Cgroup> group(new Cgroup);
    const fs::path memory = memory_ / kernel_id;
    if (!usable(memory)) return nullptr;
    group->folders_.push_back(memory);
    if (memory_mb > 0) {
        const std::string bytes = std::to_string(memory_mb << 20);
        write(memory / (unified_ ? "memory.max" : "memory.limit_in_bytes"), bytes);
        if (unified_) write(memory / "memory.swap.max", "0");
    }
    if (unified_) {
        // Its OS user may not move it across the common ancestor, the worker may.
        write(memory / "pids.max", kMaxProcesses);
        return group;
    }
    if (::chown((memory / "cgroup.procs").c_str(), owner, static_cast<gid_t>(-1)) == 0) group->entered_by_kernel_ = 1;
    if (const fs::path pids = pids_ / kernel_id; !pids_.empty() && usable(pids)) {
        group->folders_.push_back(pids);
        write(pids / "pids.max", kMaxProcesses);
    }
    return group;
}

void CgroupRoot::remove() const {
    for (const fs::path& folder : {memory_, pids_}) {
        if (!folder.empty()) ::rmdir(folder.c_str());
    }
}

}  // namespace stoker::workers
