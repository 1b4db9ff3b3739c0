#include "clusters/build_folder.h"

#include <cerrno>
#include <fstream>
#include <system_error>

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

}  // namespace

BuildFolder::BuildFolder(fs::path root, std::string hash)
    : root_(std::move(root)), path_(root_ / hash), lock_file_(root_ / ".locks" / hash) {
    fs::create_directories(root_ / ".locks");
}

bool BuildFolder::ready() const {
    return fs::exists(path_ / kReadyFile);
}

void BuildFolder::make_once(const std::function<void(const fs::path&)>& make, const std::stop_token& stop) {
    if (ready()) return;
    FileLock lock(lock_file_);
    lock.wait(FileLock::Kind::kExclusive, stop);
    if (ready()) return;
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
