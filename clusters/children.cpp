#include "clusters/children.h"

#include <cerrno>

#include <sys/wait.h>

namespace stoker::clusters {

pid_t Children::spawn(const SpawnRequest& request) {
    std::lock_guard lock(mutex_);
    pid_t pid = clusters::spawn(request);
    known_.insert(pid);
    return pid;
}

void Children::know(pid_t pid) {
    std::lock_guard lock(mutex_);
    known_.insert(pid);
}

int Children::reap(pid_t pid) {
    siginfo_t info{};
    while (waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
    // Reaped under the lock: before it the number is known, after it the number may belong to somebody else.
    std::lock_guard lock(mutex_);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    known_.erase(pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Children::keep(pid_t pid) {
    std::lock_guard lock(mutex_);
    known_.insert(pid);
}

int Children::end_strays() {
    std::lock_guard lock(mutex_);
    return clusters::end_strays(known_);
}

}  // namespace stoker::clusters
