#pragma once
#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace stoker::clusters {

/// How to start a process. Always posix_spawn; privileges are dropped, and the parent-death signal set, by `setpriv`.
struct SpawnRequest {
    std::vector<std::string> argv;                 // argv[0] is looked up on PATH
    std::map<std::string, std::string> environ;    // the whole environment, nothing is inherited
    std::filesystem::path working_folder;          // "" = the caller's
    std::vector<std::pair<int, int>> descriptors;  // (ours, the child's); all others are closed in the child
    std::filesystem::path output_file;             // standard output and error are appended here; "" = the caller's own
    std::string os_user;                           // "" = the caller's; else needs root
    std::string group_of;                          // an OS user whose primary group os_user acts in besides its own
    bool new_process_group = true;
    bool dies_with_parent =
        true;  // SIGKILL when the spawning THREAD ends: spawn from one that lives as long as the process
};
/// Throws std::system_error naming argv[0]. The caller reaps the child (a pidfd, or waitpid).
pid_t spawn(const SpawnRequest& request);

struct UserIds {
    uid_t user;
    gid_t group;
};
/// Throws std::system_error when there is no such OS user.
UserIds ids_of(const std::string& os_user);

/// From here on processes orphaned beneath this one become its children.
void become_subreaper();
/// No core dump, no ptrace, no /proc/<pid>/mem for processes of the same user.
void become_undumpable();

/// Ends every child of this process that is not in `known`, with all their descendants, and reaps them; repeats until
/// none is left. Such a child was orphaned by something that died, so nobody else will end it. Returns how many were
/// ended.
int end_strays(const std::set<pid_t>& known);
/// SIGKILLs `pid` and all its descendants (found through /proc, children before they can be orphaned elsewhere).
void kill_tree(pid_t pid);
/// All living descendants of `pid`.
std::vector<pid_t> descendants(pid_t pid);

/// A descriptor that becomes readable when the process ends. Throws std::system_error. Close it.
int open_pidfd(pid_t pid);

}  // namespace stoker::clusters
