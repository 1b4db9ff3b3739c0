#include "cli/metastore.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "clusters/command.h"

namespace net = boost::asio;

namespace stoker::cli {
namespace {
constexpr auto kToken = net::as_tuple(net::use_awaitable);
// Java reaches Postgres' socket in a folder by junixsocket alone.
const std::vector<std::string> kJars{"org.postgresql:postgresql:42.7.14",
                                     "com.kohlschutter.junixsocket:junixsocket-common:2.10.1",
                                     "com.kohlschutter.junixsocket:junixsocket-native-common:2.10.1"};
const std::vector<std::string> kNotNeeded{"org.checkerframework:checker-qual"};

void tell(clusters::InstallStage, const std::string& line) {
    spdlog::info("the catalog of tables: {}", line);
}
}  // namespace

Metastore::Metastore(net::io_context& io, clusters::Children& children, clusters::EnvironmentBuilder& environments,
                     MetastoreSettings settings)
    : children_(children),
      environments_(environments),
      settings_(std::move(settings)),
      jars_(children, settings_.data_folder / clusters::kSparkJars, environments),
      socket_(io, {net::ip::address_v4::loopback(), 0}) {
    net::co_spawn(io, start_for_first_client(), [](std::exception_ptr) {});
}

Metastore::~Metastore() {
    stopping_.request_stop();
    building_.join();
}

std::string Metastore::uri() const {
    return "thrift://127.0.0.1:" + std::to_string(socket_.local_endpoint().port());
}

net::awaitable<void> Metastore::start_for_first_client() {
    while (!process_) {
        const auto [closed] = co_await socket_.async_wait(net::socket_base::wait_read, kToken);
        if (closed) co_return;
        std::string failure;
        try {
            auto making = make_parts();
            parts_ = co_await net::co_spawn(building_, std::move(making), net::use_awaitable);
            if (stopping_.stop_requested()) co_return;
            process_.emplace(socket_.get_executor(), "metastore", command(), children_);
            process_->start();
        } catch (const std::exception& error) {
            failure = error.what();
        }
        if (failure.empty()) co_return;
        spdlog::error("the catalog of tables is not available: {}", failure);
        process_.reset();
        refuse_those_who_wait();
    }
}

/// Blocks the thread that it runs on. The environment is that of a cluster with no libraries, most likely there.
net::awaitable<Metastore::Parts> Metastore::make_parts() {
    clusters::EnvironmentRequest request;
    request.spark_version = settings_.spark_version;
    Parts parts;
    parts.environment = environments_.build(request, tell, stopping_.get_token());
    parts.jars = jars_.resolve(clusters::maven_request(kJars, kNotNeeded), tell, stopping_.get_token());
    co_return parts;
}

clusters::SpawnRequest Metastore::command() {
    constexpr int kItsSocket = 3;
    clusters::SpawnRequest request;
    request.argv = {parts_.environment.python.string(),
                    "-P",
                    "-m",
                    "stoker_kernel.metastore",
                    "--fd",
                    std::to_string(kItsSocket),
                    "--folder",
                    settings_.folder.string(),
                    "--jars",
                    parts_.jars.folder.string(),
                    "--database-url",
                    settings_.database_url,
                    "--dbfs-root",
                    settings_.dbfs_root.string()};
    request.environ = clusters::machine_environ();
    request.environ["HOME"] = settings_.folder.string();
    request.environ["PYTHONPATH"] = settings_.kernel_package.string();
    request.environ["PGPASSWORD"] = settings_.database_password;
    request.working_folder = settings_.folder;
    request.descriptors = {{socket_.native_handle(), kItsSocket}};
    request.output_file = settings_.log_file;
    request.os_user = settings_.os_user;
    request.group_of = settings_.database_user;
    return request;
}

/// They would wait as long as they have patience; the next one is another try.
void Metastore::refuse_those_who_wait() {
    boost::system::error_code none_left;
    socket_.non_blocking(true);
    do {
        const net::ip::tcp::socket refused = socket_.accept(none_left);
    } while (!none_left);
}

net::awaitable<void> Metastore::stop(std::chrono::seconds grace) {
    stopping_.request_stop();
    boost::system::error_code ignored;
    socket_.close(ignored);
    if (process_) co_await process_->stop(grace);
}

}  // namespace stoker::cli
