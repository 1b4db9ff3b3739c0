#include "dbfs_mount/content_cache.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

#include "core/hash.h"
#include "core/random.h"

namespace fs = std::filesystem;

namespace stoker::dbfs_mount {
namespace {
[[noreturn]] void fail(const fs::path& path) {
    throw std::system_error(errno, std::generic_category(), path.string());
}

fs::path closed_folder(const fs::path& path) {
    fs::create_directories(path);
    fs::permissions(path, fs::perms::owner_all);
    return path;
}
}  // namespace

UnfinishedFile::UnfinishedFile(fs::path path)
    : path_(std::move(path)), file_(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    if (!file_) fail(path_);
}

UnfinishedFile::UnfinishedFile(UnfinishedFile&& other) noexcept
    : path_(std::exchange(other.path_, fs::path())), file_(std::move(other.file_)) {}

UnfinishedFile& UnfinishedFile::operator=(UnfinishedFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(file_, other.file_);
    return *this;
}

UnfinishedFile::~UnfinishedFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
}

ContentCache::ContentCache(fs::path folder, std::uint64_t most_bytes)
    : contents_(closed_folder(closed_folder(folder) / "contents")),
      unfinished_(folder / "unfinished"),
      most_bytes_(most_bytes) {
    fs::remove_all(unfinished_);
    closed_folder(unfinished_);
    std::vector<std::pair<fs::file_time_type, Content>> found;
    for (const fs::directory_entry& entry : fs::directory_iterator(contents_))
        found.emplace_back(entry.last_write_time(), Content{entry.path().filename().string(), entry.file_size()});
    std::ranges::sort(found, {}, &std::pair<fs::file_time_type, Content>::first);
    for (auto& [used, content] : found) {
        bytes_ += content.bytes;
        by_use_.push_front(content);
        by_name_[content.name] = by_use_.begin();
    }
    make_room();
}

FileDescriptor ContentCache::find(const std::string& tag) {
    const std::string name = sha256_hex(tag);
    const std::lock_guard lock(mutex_);
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return {};
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    FileDescriptor file(::open((contents_ / name).c_str(), O_RDONLY | O_CLOEXEC));
    if (file) ::utimensat(AT_FDCWD, (contents_ / name).c_str(), nullptr, 0);  // for the next process
    return file;
}

UnfinishedFile ContentCache::begin() {
    return UnfinishedFile(unfinished_ / random_hex(12));
}

void ContentCache::keep(UnfinishedFile file, const std::string& tag) {
    const std::string name = sha256_hex(tag);
    struct stat status {};
    if (::stat(file.path().c_str(), &status) != 0) fail(file.path());
    const std::lock_guard lock(mutex_);
    if (::rename(file.path().c_str(), (contents_ / name).c_str()) != 0) fail(file.path());
    if (const auto found = by_name_.find(name); found != by_name_.end()) {
        bytes_ -= found->second->bytes;
        by_use_.erase(found->second);
    }
    by_use_.push_front({name, static_cast<std::uint64_t>(status.st_size)});
    by_name_[name] = by_use_.begin();
    bytes_ += by_use_.front().bytes;
    make_room();
}

std::uint64_t ContentCache::bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
}

void ContentCache::make_room() {
    while (bytes_ > most_bytes_ && !by_use_.empty()) {
        const Content& oldest = by_use_.back();
        ::unlink((contents_ / oldest.name).c_str());
        bytes_ -= oldest.bytes;
        by_name_.erase(oldest.name);
        by_use_.pop_back();
    }
}

void copy_content(int from, int to) {
    struct stat status {};
    if (fstat(from, &status) != 0) fail("the copy of a file");
    off_t source = 0, target = 0;
    while (source < status.st_size) {
        const auto left = static_cast<std::size_t>(status.st_size - source);
        const ssize_t copied = ::copy_file_range(from, &source, to, &target, left, 0);
        if (copied < 0 && errno == EINTR) continue;
        if (copied < 0) fail("the copy of a file");
        if (copied == 0) break;
    }
}

}  // namespace stoker::dbfs_mount
