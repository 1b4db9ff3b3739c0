#pragma once
#include <sys/types.h>

struct fuse_lowlevel_ops;
struct fuse_session;

namespace stoker::dbfs_mount {

class FileSystem;

/// What the operations work with.
struct Mounted {
    FileSystem& files;
    uid_t user = 0;  // whom all files are shown to belong to
    gid_t group = 0;
    fuse_session* session = nullptr;
};

const fuse_lowlevel_ops& operations();

}  // namespace stoker::dbfs_mount
