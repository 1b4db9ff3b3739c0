#pragma once
#define FUSE_USE_VERSION 312
#include <memory>

#include <fuse_lowlevel.h>

#include "dbfs_mount/operations.h"

namespace stoker::dbfs_mount {

struct EndSession {
    void operator()(fuse_session* session) const { fuse_session_destroy(session); }
};
using Session = std::unique_ptr<fuse_session, EndSession>;

/// The same for who mounts and who serves, so that both agree with Linux on the same. `mounted` may be null for who
/// mounts. Throws std::runtime_error.
Session new_session(Mounted* mounted);

}  // namespace stoker::dbfs_mount
