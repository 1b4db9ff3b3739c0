#include "workers/child_process.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "clusters/process.h"

namespace stoker::workers {
namespace net = boost::asio;

ChildProcess start_python(KernelHost& host, const std::filesystem::path& python, const std::string& module,
                          const std::vector<std::string>& arguments) {
    constexpr int kChildSocket = 3;
    FrameChannel::Pair pair = FrameChannel::make(host.executor);
    clusters::SpawnRequest request;
    request.argv = {python.string(), "-m", module, "--fd", std::to_string(kChildSocket)};
    request.argv.insert(request.argv.end(), arguments.begin(), arguments.end());
    request.environ = host.python_environ(python);
    request.working_folder = host.launch.work_folder / "home";
    request.descriptors = {{pair.peer.get(), kChildSocket}};
    request.os_user = host.launch.kernel_user;
    const pid_t pid = host.children.spawn(request);
    return {pid, std::move(pair.channel)};
}

net::awaitable<int> reap(KernelHost& host, pid_t pid) {
    net::posix::stream_descriptor process(host.executor, clusters::open_pidfd(pid));
    co_await process.async_wait(net::posix::stream_descriptor::wait_read, net::as_tuple(net::use_awaitable));
    const int status = host.children.reap(pid);
    host.end_strays();
    co_return status;
}

}  // namespace stoker::workers
