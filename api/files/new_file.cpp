#include "api/files/new_file.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/files/file_error.h"
#include "api/wire/workspace_path.h"
#include "core/random.h"

namespace stoker::api {
namespace {
const std::string kItself = "the new file";  // where its path is not known yet

void write_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw_file_error(errno, kItself);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}
}  // namespace

NewFile::NewFile(std::filesystem::path root)
    : root_(std::move(root)), hidden_(RootFolder(root_).hidden_folder()), name_(random_hex(16)) {
    file_ = FileDescriptor(
        openat(hidden_.get(), name_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file_) throw_file_error(errno, kItself);
}

NewFile::NewFile(std::filesystem::path root, std::string name)
    : root_(std::move(root)), hidden_(RootFolder(root_).hidden_folder()), name_(std::move(name)) {
    keeps_ = true;
    file_ =
        FileDescriptor(openat(hidden_.get(), name_.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status {};
    if (!file_ || fstat(file_.get(), &status) != 0) throw_file_error(errno, kItself);
    if (!S_ISREG(status.st_mode)) throw_file_error(ENOENT, kItself);
}

NewFile::~NewFile() {
    if (!keeps_ && file_) unlinkat(hidden_.get(), name_.c_str(), 0);
}

void NewFile::append(std::string_view bytes) {
    struct Lock {
        int file;
        explicit Lock(int locked) : file(locked) { flock(file, LOCK_EX); }
        ~Lock() { flock(file, LOCK_UN); }
    } lock(file_.get());
    struct stat before {};
    if (fstat(file_.get(), &before) != 0) throw_file_error(errno, kItself);
    try {
        write_all(file_.get(), bytes);
    } catch (...) {
        // What fitted is taken back: a client that sends the block again shall not have it twice.
        if (ftruncate(file_.get(), before.st_size) != 0) keeps_ = false;
        throw;
    }
}

FileStatus NewFile::publish(const std::string& path, Overwrite overwrite) {
    const RootFolder root(root_);
    root.hand_over(file_, path);
    sync(file_, path);
    const FileDescriptor parent = root.make_folder(parent_of(path));
    // A link to a folder is a folder to clients, and no file takes its place.
    if (root.open(path, O_PATH | O_DIRECTORY)) throw_file_error(EEXIST, path);
    rename_in_tree(hidden_, name_, parent, name_of(path), overwrite, path);
    keeps_ = true;
    sync(parent, path);
    struct stat status {};
    if (fstat(file_.get(), &status) != 0) throw_file_error(errno, path);
    return file_status(path, status);
}

}  // namespace stoker::api
