#include "workers/kernel.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace stoker::workers {
namespace {

TEST(KernelTest, OneWhosePidIsNotKnownYetIsEndedByItsSocket) {
    boost::asio::io_context io;
    WorkerSettings settings;
    settings.launch.worker_id = "worker-1";
    settings.launch.work_folder =
        std::filesystem::temp_directory_path() / ("kernel-test-" + std::to_string(::getpid()));
    KernelHost host(io.get_executor(), settings, system_clock());
    host.prepare_folders();
    Kernel::Made made = Kernel::make(host, false);

    made.kernel->end_at_once();
    char byte = 0;
    EXPECT_EQ(::recv(made.socket.get(), &byte, 1, MSG_DONTWAIT), 0) << "the kernel does not see its worker leave";
    std::filesystem::remove_all(settings.launch.work_folder);
}

}  // namespace
}  // namespace stoker::workers
