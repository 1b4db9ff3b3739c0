#include "cli/os_user.h"

#include <pwd.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace stoker::cli {

std::string usable_user(const std::string& wanted, const std::string& what) {
    if (geteuid() != 0) return "";
    if (getpwnam(wanted.c_str())) return wanted;
    spdlog::warn("there is no OS user '{}': {} as nobody (deploy/install makes it)", wanted, what);
    return "nobody";
}

}  // namespace stoker::cli
