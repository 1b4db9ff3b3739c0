#define FUSE_USE_VERSION 312
#include "dbfs_mount/operations.h"

#include <cerrno>
#include <ctime>
#include <string>
#include <system_error>
#include <vector>

#include <fuse_lowlevel.h>
#include <spdlog/spdlog.h>
#include <sys/statvfs.h>

#include "dbfs_mount/file_system.h"

// From Linux' requests to FileSystem's calls, and back.
namespace stoker::dbfs_mount {
namespace {
constexpr double kTrustedSeconds = 1;
constexpr std::int64_t kSecond = 1'000'000'000;

Mounted& mounted_of(fuse_req_t request) {
    return *static_cast<Mounted*>(fuse_req_userdata(request));
}

FileSystem& files_of(fuse_req_t request) {
    return mounted_of(request).files;
}

/// `answer` replies; what it throws is replied instead.
template <class Body>
void reply(fuse_req_t request, Body answer) {
    try {
        answer();
    } catch (const std::system_error& error) {
        fuse_reply_err(request, error.code().value());
    } catch (const std::exception& error) {
        spdlog::error("a request of the file system failed cause=\"{}\"", error.what());
        fuse_reply_err(request, EIO);
    }
}

struct stat status_of(const Mounted& mounted, std::uint64_t number, const FileInfo& info) {
    struct stat status {};
    status.st_ino = number;
    // Everything can be run and entered; nobody but the owner and root writes.
    status.st_mode = (info.is_dir ? S_IFDIR : S_IFREG) | 0755;
    status.st_nlink = info.is_dir ? 2 : 1;
    status.st_uid = mounted.user;
    status.st_gid = mounted.group;
    status.st_size = info.size;
    status.st_blocks = (info.size + 511) / 512;
    status.st_blksize = 128 * 1024;
    status.st_mtim = {info.modified_ns / kSecond, info.modified_ns % kSecond};
    status.st_atim = status.st_ctim = status.st_mtim;
    return status;
}

fuse_entry_param entry_of(fuse_req_t request, const Entry& entry) {
    fuse_entry_param shown{};
    shown.ino = entry.number;
    shown.attr = status_of(mounted_of(request), entry.number, entry.info);
    shown.attr_timeout = shown.entry_timeout = kTrustedSeconds;
    return shown;
}

void reply_entry(fuse_req_t request, const Entry& entry) {
    FileSystem& files = files_of(request);
    const fuse_entry_param shown = entry_of(request, entry);
    if (fuse_reply_entry(request, &shown) != 0) files.forget(entry.number, 1);
}

void tell(const Opened& opened, fuse_file_info& file) {
    file.fh = opened.handle;
    file.direct_io = opened.is_apart;
}

/// Nobody waits for the answer any more.
void drop(FileSystem& files, std::uint64_t handle) {
    try {
        files.close(handle);
    } catch (const std::exception& error) {
        spdlog::warn("a file was not stored cause=\"{}\"", error.what());
    }
}

void look_up(fuse_req_t request, fuse_ino_t parent, const char* name) {
    reply(request, [&] { reply_entry(request, files_of(request).look_up(parent, name)); });
}

void forget(fuse_req_t request, fuse_ino_t number, std::uint64_t lookups) {
    files_of(request).forget(number, lookups);
    fuse_reply_none(request);
}

void get_attributes(fuse_req_t request, fuse_ino_t number, fuse_file_info* file) {
    reply(request, [&] {
        FileSystem& files = files_of(request);
        const FileInfo info = file ? files.info_of_open(file->fh) : files.info(number);
        const struct stat status = status_of(mounted_of(request), number, info);
        fuse_reply_attr(request, &status, kTrustedSeconds);
    });
}

/// Owner and mode are the mount's: they are taken and mean nothing.
void set_attributes(fuse_req_t request, fuse_ino_t number, struct stat* wanted, int what, fuse_file_info* file) {
    reply(request, [&] {
        FileSystem& files = files_of(request);
        if ((what & FUSE_SET_ATTR_SIZE) != 0) {
            if (file)
                files.truncate_open(file->fh, wanted->st_size);
            else
                files.truncate(number, wanted->st_size);
        }
        if ((what & FUSE_SET_ATTR_MTIME_NOW) != 0)
            files.set_modified(number, system_clock().epoch_millis() * 1'000'000);
        else if ((what & FUSE_SET_ATTR_MTIME) != 0)
            files.set_modified(number, wanted->st_mtim.tv_sec * kSecond + wanted->st_mtim.tv_nsec);
        const FileInfo info = file ? files.info_of_open(file->fh) : files.info(number);
        const struct stat status = status_of(mounted_of(request), number, info);
        fuse_reply_attr(request, &status, kTrustedSeconds);
    });
}

void open(fuse_req_t request, fuse_ino_t number, fuse_file_info* file) {
    reply(request, [&] {
        const Opened opened = files_of(request).open(number, file->flags);
        tell(opened, *file);
        // What is read now has another length than Linux believes, perhaps.
        fuse_lowlevel_notify_inval_inode(mounted_of(request).session, number, -1, 0);
        FileSystem& files = files_of(request);
        if (fuse_reply_open(request, file) != 0) drop(files, opened.handle);
    });
}

void create(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t, fuse_file_info* file) {
    reply(request, [&] {
        FileSystem& files = files_of(request);
        const auto [entry, opened] = files.create(parent, name, file->flags);
        tell(opened, *file);
        const fuse_entry_param shown = entry_of(request, entry);
        if (fuse_reply_create(request, &shown, file) == 0) return;
        drop(files, opened.handle);
        files.forget(entry.number, 1);
    });
}

void read(fuse_req_t request, fuse_ino_t, std::size_t size, off_t offset, fuse_file_info* file) {
    reply(request, [&] {
        std::vector<char> bytes(size);
        const std::size_t got = files_of(request).read(file->fh, bytes.data(), size, offset);
        fuse_reply_buf(request, bytes.data(), got);
    });
}

void write(fuse_req_t request, fuse_ino_t, const char* bytes, std::size_t size, off_t offset, fuse_file_info* file) {
    reply(request, [&] {
        files_of(request).write(file->fh, bytes, size, offset);
        fuse_reply_write(request, size);
    });
}

/// Of every close: whoever wrote is told here when the server has not got it.
void flush(fuse_req_t request, fuse_ino_t, fuse_file_info* file) {
    reply(request, [&] {
        files_of(request).store(file->fh);
        fuse_reply_err(request, 0);
    });
}

void sync(fuse_req_t request, fuse_ino_t number, int, fuse_file_info* file) {
    flush(request, number, file);
}

void release(fuse_req_t request, fuse_ino_t, fuse_file_info* file) {
    reply(request, [&] {
        files_of(request).close(file->fh);
        fuse_reply_err(request, 0);
    });
}

void make_directory(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t) {
    reply(request, [&] { reply_entry(request, files_of(request).make_directory(parent, name)); });
}

void remove_directory(fuse_req_t request, fuse_ino_t parent, const char* name) {
    reply(request, [&] {
        files_of(request).remove_directory(parent, name);
        fuse_reply_err(request, 0);
    });
}

void remove(fuse_req_t request, fuse_ino_t parent, const char* name) {
    reply(request, [&] {
        files_of(request).remove(parent, name);
        fuse_reply_err(request, 0);
    });
}

void rename(fuse_req_t request, fuse_ino_t parent, const char* name, fuse_ino_t new_parent, const char* new_name,
            unsigned flags) {
    reply(request, [&] {
        if ((flags & ~RENAME_NOREPLACE) != 0) throw std::system_error(EINVAL, std::generic_category());
        const Replace replace = flags == 0 ? Replace::kYes : Replace::kNo;
        files_of(request).rename(parent, name, new_parent, new_name, replace);
        fuse_reply_err(request, 0);
    });
}

void link(fuse_req_t request, fuse_ino_t number, fuse_ino_t new_parent, const char* new_name) {
    reply(request, [&] { reply_entry(request, files_of(request).link(number, new_parent, new_name)); });
}

void open_directory(fuse_req_t request, fuse_ino_t number, fuse_file_info* file) {
    reply(request, [&] {
        FileSystem& files = files_of(request);
        file->fh = files.open_directory(number);
        if (fuse_reply_open(request, file) != 0) files.close_directory(file->fh);
    });
}

void read_directory(fuse_req_t request, fuse_ino_t number, std::size_t size, off_t offset, fuse_file_info* file) {
    reply(request, [&] {
        const Listing listing = files_of(request).listing(file->fh);
        std::vector<char> bytes(size);
        std::size_t used = 0;
        const auto add = [&](const char* name, std::uint64_t entry_number, bool is_dir) {
            struct stat status {};
            status.st_ino = entry_number;
            status.st_mode = is_dir ? S_IFDIR : S_IFREG;
            const std::size_t length =
                fuse_add_direntry(request, bytes.data() + used, size - used, name, &status, ++offset);
            if (length > size - used) return false;
            used += length;
            return true;
        };
        constexpr std::uint64_t kUnknown = 0xffffffff;
        bool fits = true;
        while (fits && offset < 2) fits = add(offset == 0 ? "." : "..", number, true);
        while (fits && static_cast<std::size_t>(offset - 2) < listing->size()) {
            const NamedFile& entry = (*listing)[static_cast<std::size_t>(offset - 2)];
            fits = add(entry.name.c_str(), kUnknown, entry.info.is_dir);
        }
        fuse_reply_buf(request, bytes.data(), used);
    });
}

void release_directory(fuse_req_t request, fuse_ino_t, fuse_file_info* file) {
    files_of(request).close_directory(file->fh);
    fuse_reply_err(request, 0);
}

/// How much room the server has is not known here: what does not fit is refused when it is written.
void get_room(fuse_req_t request, fuse_ino_t) {
    struct statvfs room {};
    room.f_bsize = room.f_frsize = 4096;
    room.f_blocks = room.f_bfree = room.f_bavail = std::uint64_t{1} << 38;
    room.f_files = room.f_ffree = room.f_favail = std::uint64_t{1} << 32;
    room.f_namemax = 255;
    fuse_reply_statfs(request, &room);
}

void refuse_link(fuse_req_t request, const char*, fuse_ino_t, const char*) {
    fuse_reply_err(request, EPERM);
}

void refuse_node(fuse_req_t request, fuse_ino_t, const char*, mode_t, dev_t) {
    fuse_reply_err(request, EPERM);
}

fuse_lowlevel_ops all_operations() {
    fuse_lowlevel_ops all{};
    all.lookup = look_up;
    all.forget = forget;
    all.getattr = get_attributes;
    all.setattr = set_attributes;
    all.open = open;
    all.create = create;
    all.read = read;
    all.write = write;
    all.flush = flush;
    all.fsync = sync;
    all.release = release;
    all.mkdir = make_directory;
    all.rmdir = remove_directory;
    all.unlink = remove;
    all.rename = rename;
    all.opendir = open_directory;
    all.readdir = read_directory;
    all.releasedir = release_directory;
    all.statfs = get_room;
    all.symlink = refuse_link;
    all.link = link;
    all.mknod = refuse_node;
    return all;
}
}  // namespace

const fuse_lowlevel_ops& operations() {
    static const fuse_lowlevel_ops all = all_operations();
    return all;
}

}  // namespace stoker::dbfs_mount
