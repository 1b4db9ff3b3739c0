#include "cli/data_folder.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/start_error.h"
#include "core/hash.h"
#include "core/random.h"

namespace fs = std::filesystem;

namespace stoker::cli {
namespace {
constexpr int kLayoutVersion = 1;

std::string reason() {
    return std::strerror(errno);
}

void make_folder(const fs::path& path, mode_t mode) {
    if (mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
        throw StartError("cannot make the folder " + path.string() + ": " + reason() + ". Choose another --data-dir.");
    struct stat status {};
    if (stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
        throw StartError(path.string() + " is not a folder. Choose another --data-dir.");
    if (chmod(path.c_str(), mode) != 0)
        throw StartError("cannot set the mode of " + path.string() + ": " + reason() +
                         ". It must belong to the user who runs stoker.");
}

/// Whether any OS user may pass through every parent of `folder`.
bool parents_are_open(const fs::path& folder) {
    for (fs::path parent = folder.parent_path(); parent != parent.root_path(); parent = parent.parent_path()) {
        struct stat status {};
        if (stat(parent.c_str(), &status) != 0 || (status.st_mode & S_IXOTH) == 0) return false;
    }
    return true;
}

fs::path bind_in_the_open(const fs::path& folder) {
    fs::path place = fs::path("/run/stoker") / sha256_hex(folder.string()).substr(0, 12);
    make_folder("/run/stoker", 0711);
    make_folder(place, 0711);
    bool mounted = unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0 &&
                   mount(folder.c_str(), place.c_str(), nullptr, MS_BIND, nullptr) == 0;
    if (!mounted)
        throw StartError("other users cannot reach " + folder.string() +
                         " (a parent folder is closed to them) and it cannot be mounted elsewhere: " + reason() +
                         ". Choose a --data-dir such as /var/lib/stoker.");
    return place;
}

int lock_folder(const fs::path& root) {
    int descriptor = ::open((root / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) throw StartError("cannot write in " + root.string() + ": " + reason() + ".");
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        std::string holder = read_file_or_empty(root / "lock");
        ::close(descriptor);
        throw StartError("the data folder " + root.string() + " is in use by process " +
                         (holder.empty() ? "?" : holder) + ". Stop that one first, or choose another --data-dir.");
    }
    std::string pid = std::to_string(getpid());
    if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, pid.data(), pid.size(), 0) < 0)
        throw StartError("cannot write " + (root / "lock").string() + ": " + reason() + ".");
    return descriptor;
}

void check_version(const fs::path& root) {
    std::string text = read_file_or_empty(root / "version");
    if (text.empty()) {
        write_file(root / "version", std::to_string(kLayoutVersion) + "\n", fs::perms(0600));
        return;
    }
    int version = std::atoi(text.c_str());
    if (version > kLayoutVersion)
        throw StartError("the data folder " + root.string() + " was written by a newer stoker (layout " +
                         std::to_string(version) + ", this binary knows " + std::to_string(kLayoutVersion) +
                         "). Use that version, or another --data-dir.");
    if (version < 1) throw StartError((root / "version").string() + " does not hold a version number.");
}
}  // namespace

DataFolder DataFolder::open(const fs::path& chosen) {
    std::error_code failed;
    fs::path folder = fs::weakly_canonical(fs::absolute(chosen), failed);
    if (failed) throw StartError("cannot use " + chosen.string() + " as data folder: " + failed.message() + ".");
    fs::create_directories(folder.parent_path(), failed);
    make_folder(folder, 0711);
    if (geteuid() == 0 && !parents_are_open(folder)) folder = bind_in_the_open(folder);
    int lock = lock_folder(folder);
    DataFolder data(folder, lock);
    check_version(folder);
    for (const char* closed : {"secrets", "logs"}) make_folder(folder / closed, 0700);
    for (const char* passable : {"git", "run", "storage", "workers"}) make_folder(folder / passable, 0711);
    for (const char* open : {"environments", "jars", "kernel"}) make_folder(folder / open, 0755);
    make_folder(folder / "storage/dbfs", 0755);
    make_folder(folder / "storage/mlflow", 0700);
    return data;
}

DataFolder::DataFolder(DataFolder&& other) noexcept
    : root_(std::move(other.root_)), lock_(std::exchange(other.lock_, -1)) {}

DataFolder::~DataFolder() {
    if (lock_ >= 0) ::close(lock_);
}

std::string DataFolder::secret(const std::string& name) const {
    std::string value = read_file_or_empty(root_ / "secrets" / name);
    if (!value.empty()) return value;
    value = random_hex(32);
    write_secret(name, value);
    return value;
}

fs::path DataFolder::write_secret(const std::string& name, const std::string& value) const {
    fs::path file = root_ / "secrets" / name;
    write_file(file, value, fs::perms(0600));
    return file;
}

fs::path default_data_folder() {
    if (geteuid() == 0) return "/var/lib/stoker";
    if (const char* data_home = std::getenv("XDG_DATA_HOME"); data_home && *data_home)
        return fs::path(data_home) / "stoker";
    const char* home = std::getenv("HOME");
    return fs::path(home && *home ? home : "/tmp") / ".local/share/stoker";
}

void write_file(const fs::path& file, const std::string& content, fs::perms mode) {
    fs::path fresh = file.string() + "." + random_hex(4);
    int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, static_cast<mode_t>(mode));
    bool written = descriptor >= 0 && fchmod(descriptor, static_cast<mode_t>(mode)) == 0 &&
                   ::write(descriptor, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
                   fsync(descriptor) == 0;
    std::string why = reason();
    if (descriptor >= 0) ::close(descriptor);
    if (written && rename(fresh.c_str(), file.c_str()) == 0) return;
    if (written) why = reason();
    unlink(fresh.c_str());
    throw StartError("cannot write " + file.string() + ": " + why + ".");
}

std::string read_file_or_empty(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

namespace {
passwd user_named(const std::string& os_user) {
    const passwd* user = getpwnam(os_user.c_str());
    if (!user) throw StartError("there is no OS user '" + os_user + "'. Run deploy/install, or name another one.");
    return *user;
}

/// A link itself, never what it leads to.
void give(const fs::path& path, const passwd& user) {
    if (lchown(path.c_str(), user.pw_uid, user.pw_gid) != 0)
        throw StartError("cannot give " + path.string() + " to " + user.pw_name + ": " + reason() + ".");
}
}  // namespace

void give_to(const fs::path& path, const std::string& os_user) {
    if (geteuid() != 0 || os_user.empty()) return;
    give(path, user_named(os_user));
}

void give_tree_to(const fs::path& folder, const std::string& os_user) {
    if (geteuid() != 0 || os_user.empty()) return;
    const passwd user = user_named(os_user);
    struct stat status {};
    if (lstat(folder.c_str(), &status) == 0 && status.st_uid == user.pw_uid) return;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) give(entry.path(), user);
    give(folder, user);  // last: a start that is killed midway does it again
}

}  // namespace stoker::cli
