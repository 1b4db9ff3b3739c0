#include "dbfs_mount/open_file.h"

#include <cerrno>
#include <mutex>
#include <system_error>

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

namespace stoker::dbfs_mount {
namespace {
constexpr std::int64_t kSecond = 1'000'000'000;

[[noreturn]] void fail() {
    throw std::system_error(errno, std::generic_category(), "the node's copy of a file");
}
}  // namespace

OpenFile::OpenFile(ContentCache& cache, FileDescriptor content, FileInfo info)
    : cache_(cache), content_(std::move(content)), info_(std::move(info)) {}

OpenFile::OpenFile(ContentCache& cache, FileInfo info) : cache_(cache), own_(cache.begin()), info_(std::move(info)) {}

OpenFile::~OpenFile() {
    if (!own_ || dirty_ || info_.tag.empty()) return;
    try {
        cache_.keep(std::move(*own_), info_.tag);
    } catch (const std::exception& error) {
        spdlog::warn("a file is not kept in the cache cause=\"{}\"", error.what());
    }
}

std::size_t OpenFile::read(char* bytes, std::size_t size, off_t offset) const {
    const std::shared_lock lock(mutex_);
    const ssize_t got = ::pread(file(), bytes, size, offset);
    if (got < 0) fail();
    return static_cast<std::size_t>(got);
}

void OpenFile::write(const char* bytes, std::size_t size, off_t offset) {
    const std::unique_lock lock(mutex_);
    take_own();
    dirty_ = true;
    ++writes_;
    modified_ns_.reset();
    for (std::size_t done = 0; done < size;) {
        const ssize_t written = ::pwrite(file(), bytes + done, size - done, offset + static_cast<off_t>(done));
        if (written < 0) fail();
        done += static_cast<std::size_t>(written);
    }
}

void OpenFile::truncate(off_t size) {
    const std::unique_lock lock(mutex_);
    if (size == 0 && !own_) own_.emplace(cache_.begin());
    take_own();
    if (::ftruncate(file(), size) != 0) fail();
    dirty_ = true;
    ++writes_;
    modified_ns_.reset();
}

void OpenFile::become_writable() {
    const std::unique_lock lock(mutex_);
    take_own();
}

void OpenFile::set_modified(std::int64_t modified_ns) {
    const std::unique_lock lock(mutex_);
    modified_ns_ = modified_ns;
}

void OpenFile::store(const ServerFiles& server, const std::string& path) {
    FileInfo stored;
    std::uint64_t writes = 0;
    {
        const std::shared_lock lock(mutex_);  // who reads goes on, who writes waits
        if (!dirty_) return;
        writes = writes_;
        stored = server.upload(path, file(), Replace::kYes);
        if (modified_ns_) {
            server.set_modified(path, *modified_ns_);
            stored.modified_ns = *modified_ns_;
            stored.tag.clear();  // another one now
        }
    }
    const std::unique_lock lock(mutex_);
    if (writes_ != writes) return;
    info_ = stored;
    dirty_ = false;
    modified_ns_.reset();
}

void OpenFile::give_up() {
    const std::unique_lock lock(mutex_);
    dirty_ = false;
    info_.tag.clear();
}

bool OpenFile::is_dirty() const {
    const std::shared_lock lock(mutex_);
    return dirty_;
}

FileInfo OpenFile::info() const {
    const std::shared_lock lock(mutex_);
    struct stat status {};
    if (::fstat(file(), &status) != 0) fail();
    FileInfo info = info_;
    info.size = status.st_size;
    if (dirty_) info.modified_ns = modified_ns_.value_or(status.st_mtim.tv_sec * kSecond + status.st_mtim.tv_nsec);
    return info;
}

void OpenFile::take_own() {
    if (own_) return;
    UnfinishedFile own = cache_.begin();
    copy_content(content_.get(), own.file());
    own_.emplace(std::move(own));
    content_.reset();
}

}  // namespace stoker::dbfs_mount
