#include "dbfs_mount/file_system.h"

#include <cerrno>
#include <functional>
#include <system_error>

#include <fcntl.h>

namespace stoker::dbfs_mount {
namespace {
constexpr int kFetches = 3;  // of a file that others change all the time

[[noreturn]] void fail(int error) {
    throw std::system_error(error, std::generic_category());
}

std::uint64_t first_number(const Clock& clock) {
    return static_cast<std::uint64_t>(clock.epoch_millis()) * 1'000'000;
}

bool is_missing(const std::system_error& error) {
    return error.code().value() == ENOENT;
}
}  // namespace

FileSystem::FileSystem(ServerFiles server, ContentCache& cache, const Clock& clock)
    : server_(std::move(server)), cache_(cache), inodes_(first_number(clock)), seen_(clock) {}

FileInfo FileSystem::ask(const std::string& path) {
    const std::uint64_t asked_at = seen_.now();
    FileInfo info = server_.status(path);
    seen_.put(path, info, asked_at);
    return info;
}

Entry FileSystem::look_up(std::uint64_t parent, const std::string& name) {
    const InodePointer folder = inodes_.find(parent);
    const std::string path = inodes_.path_of(*folder, name);
    const InodePointer known = inodes_.known(*folder, name);
    const std::shared_ptr<OpenFile> content = known ? known->content() : nullptr;
    FileInfo info;
    if (content && content->is_dirty()) {
        info = content->info();
    } else {
        const auto seen = content ? std::nullopt : seen_.find(path);
        info = seen ? *seen : ask(path);
    }
    return {inodes_.look_up(folder, name)->number, std::move(info)};
}

FileInfo FileSystem::info(std::uint64_t number) {
    const InodePointer inode = inodes_.find(number);
    const std::shared_ptr<OpenFile> content = inode->content();
    if (content && content->is_dirty()) return content->info();
    try {
        const std::string path = inodes_.path_of(*inode);
        const auto seen = content ? std::nullopt : seen_.find(path);
        return seen ? *seen : ask(path);
    } catch (const std::system_error& error) {
        if (content && is_missing(error)) return content->info();  // removed, yet open
        throw;
    }
}

FileInfo FileSystem::info_of_open(std::uint64_t handle) {
    return handle_of(handle).content->info();
}

std::shared_ptr<OpenFile> FileSystem::content_for(Inode& inode, const std::string& path, Access access) {
    std::shared_ptr<OpenFile> content = inode.content();
    const bool is_dirty = content && content->is_dirty();
    if (access == Access::kTruncate) {
        if (!content) content = std::make_shared<OpenFile>(cache_, FileInfo());
        content->truncate(0);
    } else if (!is_dirty) {
        const FileInfo info = ask(path);
        if (info.is_dir) fail(EISDIR);
        if (!content || content->info().tag != info.tag) {
            const bool is_apart = content != nullptr;
            content = fetch(path, info);
            content->is_apart = is_apart;
        }
        if (access == Access::kWrite) content->become_writable();
    }
    inode.set_content(content);
    return content;
}

std::shared_ptr<OpenFile> FileSystem::fetch(const std::string& path, FileInfo info) {
    for (int attempt = 1;; ++attempt) {
        const std::lock_guard lock(fetching_[std::hash<std::string>()(info.tag) % fetching_.size()]);
        if (FileDescriptor content = cache_.find(info.tag))
            return std::make_shared<OpenFile>(cache_, std::move(content), info);
        UnfinishedFile fresh = cache_.begin();
        const std::string tag = server_.download(path, fresh.file());
        const FileInfo after = ask(path);
        const bool is_whole = after.tag == tag;
        if (!is_whole && attempt < kFetches) {
            info = after;
            continue;
        }
        FileDescriptor content = fresh.release_file();
        info = after;
        if (is_whole)
            cache_.keep(std::move(fresh), tag);
        else
            info.tag.clear();
        return std::make_shared<OpenFile>(cache_, std::move(content), info);
    }
}

Opened FileSystem::open(std::uint64_t number, int flags) {
    const InodePointer inode = inodes_.find(number);
    const std::string path = inodes_.path_of(*inode);
    const bool writes = (flags & O_ACCMODE) != O_RDONLY;
    const Access access = !writes ? Access::kRead : (flags & O_TRUNC) != 0 ? Access::kTruncate : Access::kWrite;
    const std::lock_guard lock(inode->opening);
    auto content = content_for(*inode, path, access);
    return remember({inode, std::move(content), writes});
}

std::pair<Entry, Opened> FileSystem::create(std::uint64_t parent, const std::string& name, int flags) {
    const InodePointer folder = inodes_.find(parent);
    const std::string path = inodes_.path_of(*folder, name);
    FileInfo info;
    try {
        const UnfinishedFile empty = cache_.begin();
        info = server_.upload(path, empty.file(), Replace::kNo);
    } catch (const std::system_error& error) {
        if (error.code().value() != EEXIST || (flags & O_EXCL) != 0) throw;
        seen_.forget(path);
        Entry entry = look_up(parent, name);
        return {std::move(entry), open(entry.number, flags)};
    }
    seen_.forget(path);
    const InodePointer inode = inodes_.look_up(folder, name);
    const std::lock_guard lock(inode->opening);
    auto content = std::make_shared<OpenFile>(cache_, info);
    inode->set_content(content);
    return {{inode->number, info}, remember({inode, std::move(content), true})};
}

std::size_t FileSystem::read(std::uint64_t handle, char* bytes, std::size_t size, off_t offset) {
    return handle_of(handle).content->read(bytes, size, offset);
}

void FileSystem::write(std::uint64_t handle, const char* bytes, std::size_t size, off_t offset) {
    handle_of(handle).content->write(bytes, size, offset);
}

void FileSystem::store(const Inode& inode, OpenFile& content) {
    std::string path;
    try {
        path = inodes_.path_of(inode);
    } catch (const std::system_error&) {
        content.give_up();  // removed
        return;
    }
    content.store(server_, path);
    seen_.forget(path);
}

void FileSystem::store(std::uint64_t handle) {
    const Handle open = handle_of(handle);
    if (!open.writes) return;
    const std::lock_guard lock(open.inode->opening);
    store(*open.inode, *open.content);
}

void FileSystem::close(std::uint64_t handle) {
    Handle closed;
    {
        const std::lock_guard lock(mutex_);
        const auto found = handles_.find(handle);
        if (found == handles_.end()) return;
        closed = std::move(found->second);
        handles_.erase(found);
    }
    if (!closed.writes) return;
    const std::lock_guard lock(closed.inode->opening);
    store(*closed.inode, *closed.content);
}

void FileSystem::truncate(std::uint64_t number, off_t size) {
    const InodePointer inode = inodes_.find(number);
    const std::string path = inodes_.path_of(*inode);
    const std::lock_guard lock(inode->opening);
    const auto content = content_for(*inode, path, size == 0 ? Access::kTruncate : Access::kWrite);
    content->truncate(size);
    store(*inode, *content);
}

void FileSystem::truncate_open(std::uint64_t handle, off_t size) {
    handle_of(handle).content->truncate(size);
}

void FileSystem::set_modified(std::uint64_t number, std::int64_t modified_ns) {
    const InodePointer inode = inodes_.find(number);
    const std::string path = inodes_.path_of(*inode);
    const std::lock_guard lock(inode->opening);
    const std::shared_ptr<OpenFile> content = inode->content();
    if (content && content->is_dirty())
        content->set_modified(modified_ns);
    else
        server_.set_modified(path, modified_ns);
    seen_.forget(path);
}

Entry FileSystem::make_directory(std::uint64_t parent, const std::string& name) {
    const std::string path = inodes_.path_of(*inodes_.find(parent), name);
    server_.make_directory(path);
    seen_.forget(path);
    return look_up(parent, name);
}

void FileSystem::remove_directory(std::uint64_t parent, const std::string& name) {
    const InodePointer folder = inodes_.find(parent);
    server_.remove_directory(inodes_.path_of(*folder, name));
    inodes_.removed(*folder, name);
    seen_.forget_all();
}

void FileSystem::remove(std::uint64_t parent, const std::string& name) {
    const InodePointer folder = inodes_.find(parent);
    const std::string path = inodes_.path_of(*folder, name);
    server_.remove(path);
    inodes_.removed(*folder, name);
    seen_.forget(path);
}

void FileSystem::rename(std::uint64_t parent, const std::string& name, std::uint64_t new_parent,
                        const std::string& new_name, Replace replace) {
    const InodePointer folder = inodes_.find(parent), new_folder = inodes_.find(new_parent);
    const InodePointer inode = inodes_.known(*folder, name);
    std::unique_lock<std::mutex> lock;
    if (inode) lock = std::unique_lock(inode->opening);  // what is being uploaded is there first
    server_.rename(inodes_.path_of(*folder, name), inodes_.path_of(*new_folder, new_name), replace);
    inodes_.renamed(*folder, name, new_folder, new_name);
    seen_.forget_all();
}

Entry FileSystem::link(std::uint64_t number, std::uint64_t new_parent, const std::string& new_name) {
    const InodePointer inode = inodes_.find(number);
    const std::string path = inodes_.path_of(*inode);
    const std::string new_path = inodes_.path_of(*inodes_.find(new_parent), new_name);
    {
        const std::lock_guard lock(inode->opening);
        if (const auto content = inode->content()) store(*inode, *content);
        server_.link(path, new_path);
    }
    seen_.forget(new_path);
    return look_up(new_parent, new_name);
}

std::uint64_t FileSystem::open_directory(std::uint64_t number) {
    const std::string path = inodes_.path_of(*inodes_.find(number));
    const std::uint64_t asked_at = seen_.now();
    auto found = std::make_shared<const std::vector<NamedFile>>(server_.list(path));
    for (const NamedFile& file : *found) seen_.put((path == "/" ? "" : path) + "/" + file.name, file.info, asked_at);
    const std::uint64_t handle = inodes_.new_number();
    const std::lock_guard lock(mutex_);
    listings_[handle] = std::move(found);
    return handle;
}

Listing FileSystem::listing(std::uint64_t handle) {
    const std::lock_guard lock(mutex_);
    const auto found = listings_.find(handle);
    if (found == listings_.end()) fail(EIO);
    return found->second;
}

void FileSystem::close_directory(std::uint64_t handle) {
    const std::lock_guard lock(mutex_);
    listings_.erase(handle);
}

Opened FileSystem::remember(Handle handle) {
    const std::uint64_t number = inodes_.new_number();
    const bool is_apart = handle.content->is_apart;
    const std::lock_guard lock(mutex_);
    handles_[number] = std::move(handle);
    return {number, is_apart};
}

FileSystem::Handle FileSystem::handle_of(std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    const auto found = handles_.find(number);
    if (found == handles_.end()) fail(EIO);  // of a process before this one
    return found->second;
}

}  // namespace stoker::dbfs_mount
