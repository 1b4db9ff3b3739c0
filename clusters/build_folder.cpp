#include "clusters/build_folder.h"

#include <cerrno>
#include <fstream>
#include <limits>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>

#include "clusters/file_descriptor.h"
#include "clusters/file_lock.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;
constexpr const char* kReadyFile = ".ready";

void flush(const fs::path& path) {
    FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file || fsync(file.get()) < 0) throw std::system_error(errno, std::generic_category(), path.string());
}

/// Its time says when the folder was last used.
void touch(const fs::path& ready_file) {
    utimensat(AT_FDCWD, ready_file.c_str(), nullptr, 0);
}

EpochMillis last_used(const fs::path& ready_file) {
    struct stat status {};
    if (stat(ready_file.c_str(), &status) < 0) return std::numeric_limits<EpochMillis>::max();
    return EpochMillis{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000;
}

}  // namespace

BuildFolder::BuildFolder(fs::path root, std::string hash)
    : root_(std::move(root)), path_(root_ / hash), lock_file_(root_ / ".locks" / hash) {
    fs::create_directories(root_ / ".locks");
}

bool BuildFolder::ready() const {
    return fs::exists(path_ / kReadyFile);
}

InUse BuildFolder::make_once(const std::function<void(const fs::path&)>& make, const std::stop_token& stop) {
    auto lock = std::make_shared<FileLock>(lock_file_);
    for (;;) {
        lock->wait(FileLock::Kind::kShared, stop);
        if (ready()) {
            touch(path_ / kReadyFile);
            return lock;
        }
        // Not waited for: who has it makes the folder, and then keeps it shared for as long as it is used.
        if (!lock->try_now(FileLock::Kind::kExclusive)) {
            std::this_thread::yield();
        } else if (!ready()) {
            make_under_lock(make);
        }
    }
}

void BuildFolder::make_under_lock(const std::function<void(const fs::path&)>& make) {
    remove_folder(path_);
    fs::create_directories(path_);
    struct RemoveUnlessReady {
        const BuildFolder& folder;
        ~RemoveUnlessReady() {
            if (!folder.ready()) remove_folder(folder.path());
        }
    } guard{*this};
    make(path_);
    fs::permissions(path_, fs::perms::owner_write, fs::perm_options::add);
    std::ofstream(path_ / kReadyFile).close();
    flush(path_ / kReadyFile);
    flush(path_);
    fs::permissions(path_, fs::perms::owner_write, fs::perm_options::remove);
}

void make_read_only(const fs::path& folder) {
    bool root = geteuid() == 0;
    auto close_folder = [&](const fs::path& path) {
        if (root && lchown(path.c_str(), 0, 0) < 0)
            throw std::system_error(errno, std::generic_category(), path.string());
        chmod(path.c_str(), 0555);
    };
    close_folder(folder);
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
        struct stat status {};
        if (lstat(entry.path().c_str(), &status) < 0) continue;
        if (S_ISDIR(status.st_mode)) {
            close_folder(entry.path());
        } else if (S_ISREG(status.st_mode)) {
            mode_t readable = (status.st_mode & 0111) ? 0555 : 0444;
            if ((status.st_mode & 07777) != readable) chmod(entry.path().c_str(), readable);
        }
    }
}

void remove_folder(const fs::path& folder) {
    std::error_code ignored;
    if (geteuid() != 0 && fs::exists(folder)) {
        fs::permissions(folder, fs::perms::owner_all, ignored);
        for (auto entry = fs::recursive_directory_iterator(folder, ignored);
             entry != fs::recursive_directory_iterator(); entry.increment(ignored)) {
            if (ignored) break;
            if (entry->is_directory(ignored) && !entry->is_symlink(ignored))
                fs::permissions(entry->path(), fs::perms::owner_all, ignored);
        }
    }
    fs::remove(folder / kReadyFile, ignored);  // first: what is half removed is not ready
    fs::remove_all(folder, ignored);
}

InUse hold_build_folder(const fs::path& folder) {
    auto lock = std::make_shared<FileLock>(folder.parent_path() / ".locks" / folder.filename());
    lock->wait(FileLock::Kind::kShared, {});
    return lock;
}

std::vector<std::string> remove_unused(const fs::path& root, EpochMillis since) {
    std::vector<std::string> removed;
    if (!fs::exists(root)) return removed;
    for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
        const fs::path ready_file = entry.path() / kReadyFile;
        if (!fs::exists(ready_file) || last_used(ready_file) >= since) continue;
        std::string name = entry.path().filename();
        FileLock lock(root / ".locks" / name);
        if (!lock.try_now(FileLock::Kind::kExclusive)) {
            touch(ready_file);
        } else if (last_used(ready_file) < since) {
            remove_folder(entry.path());
            removed.push_back(name);
        }
    }
    return removed;
}

void refuse_full_disk(const std::string& output, const fs::path& folder) {
    for (const char* sign : {"No space left on device", "Disk quota exceeded", "os error 28", "os error 122"})
        if (output.find(sign) != std::string::npos)
            throw std::runtime_error("the disk of " + folder.string() +
                                     " is full; nothing was left there. Free some space, then try again.");
}

std::vector<std::string> remove_unfinished(const fs::path& root) {
    std::vector<std::string> removed;
    if (!fs::exists(root)) return removed;
    fs::create_directories(root / ".locks");
    for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
        std::string name = entry.path().filename();
        if (name.starts_with(".") || fs::exists(entry.path() / kReadyFile)) continue;
        FileLock lock(root / ".locks" / name);
        if (!lock.try_now(FileLock::Kind::kExclusive) || fs::exists(entry.path() / kReadyFile)) continue;
        remove_folder(entry.path());
        removed.push_back(name);
    }
    return removed;
}

}  // namespace stoker::clusters
