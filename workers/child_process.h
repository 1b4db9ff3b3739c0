#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <sys/types.h>

#include "workers/frame_channel.h"
#include "workers/kernel_host.h"

namespace stoker::workers {

/// A Python process of our own with one frame channel: a lean zygote or a driver.
struct ChildProcess {
    pid_t pid = 0;
    std::shared_ptr<FrameChannel> channel;
};

/// `python -m <module> --fd 3 <arguments>` as the kernels' OS user. Throws std::system_error.
ChildProcess start_python(KernelHost& host, const std::filesystem::path& python, const std::string& module,
                          const std::vector<std::string>& arguments);

/// Waits for the end of a direct child, reaps it and ends what it left behind. Its exit status, or 128 + signal.
boost::asio::awaitable<int> reap(KernelHost& host, pid_t pid);

}  // namespace stoker::workers
