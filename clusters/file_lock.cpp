#include "clusters/file_lock.h"

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>

#include "clusters/command.h"

namespace stoker::clusters {
namespace {
constexpr auto kRetry = std::chrono::milliseconds(100);
}

FileLock::FileLock(const std::filesystem::path& file) : file_(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (!file_) throw std::system_error(errno, std::generic_category(), file.string());
}

bool FileLock::try_now(Kind kind) {
    return flock(file_.get(), (kind == Kind::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0;
}

/// flock cannot be interrupted by a stop request, so it is tried anew while others work (seconds to minutes).
void FileLock::wait(Kind kind, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock guard(mutex);
    while (!try_now(kind)) {
        woken.wait_for(guard, stop, kRetry, [] { return false; });
        if (stop.stop_requested()) throw Stopped("waiting for another build was stopped");
    }
}

}  // namespace stoker::clusters
