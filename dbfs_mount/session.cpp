#include "dbfs_mount/session.h"

#include <stdexcept>

#include <unistd.h>

namespace stoker::dbfs_mount {

Session new_session(Mounted* mounted) {
    fuse_args arguments = FUSE_ARGS_INIT(0, nullptr);
    fuse_opt_add_arg(&arguments, "stoker");
    // Everybody is asked for their right by what the files say, and root always has it.
    const char* const shared = ",allow_other,default_permissions";
    const std::string options = std::string("-ofsname=stoker-dbfs,subtype=stoker") + (geteuid() == 0 ? shared : "");
    fuse_opt_add_arg(&arguments, options.c_str());
    Session session(fuse_session_new(&arguments, &operations(), sizeof(fuse_lowlevel_ops), mounted));
    fuse_opt_free_args(&arguments);
    if (!session) throw std::runtime_error("libfuse could not be started");
    return session;
}

}  // namespace stoker::dbfs_mount
