#include "clusters/node.h"

#include <algorithm>
#include <fstream>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "clusters/cluster_keeper.h"
#include "db/listener.h"

namespace stoker::clusters {
namespace {

namespace net = boost::asio;
namespace fs = std::filesystem;

std::string read_dsn(const fs::path& file) {
    std::ifstream stream(file);
    std::string dsn;
    if (!std::getline(stream, dsn) || dsn.empty())
        throw std::runtime_error(file.string() + ": no connection string can be read from it.");
    return dsn;
}

std::string host_name() {
    char name[256] = "localhost";
    gethostname(name, sizeof name - 1);
    return name;
}

/// Of workers that an earlier life of this node had and this one has not.
void remove_old_folders(const fs::path& workers, const std::vector<WorkerId>& living) {
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(workers, ignored))
        if (std::ranges::find(living, entry.path().filename().string()) == living.end())
            fs::remove_all(entry.path(), ignored);
}

void wait_for_signals(net::signal_set& signals, ClusterKeeper& keeper) {
    signals.async_wait([&](const boost::system::error_code& error, int) {
        if (error) return;
        spdlog::info("node: stopping");
        keeper.shut_down();
        wait_for_signals(signals, keeper);
    });
}

}  // namespace

int run_node(NodeSettings settings, const std::vector<Companion>& companions) {
    become_subreaper();
    const Machine machine = this_machine(settings.labels);
    std::string dsn = read_dsn(settings.dsn_file);
    db::NodeRow node{settings.node_id,  settings.host.empty() ? host_name() : settings.host,
                     "local",           machine.cores,
                     machine.memory_mb, machine.gpus,
                     machine.labels};
    db::Pool pool(dsn, 2);
    Children children;
    net::io_context context{1};
    std::vector<std::shared_ptr<void>> beside;
    for (const Companion& companion : companions)
        beside.push_back(companion(context.get_executor(), children, settings));
    ClusterKeeper keeper(context.get_executor(), pool, system_clock(), children, settings,
                         fs::read_symlink("/proc/self/exe"));
    const std::vector<WorkerId> adopted = keeper.adopt_workers();
    pool.run_blocking([&](db::Transaction& tx) { db::register_node(tx, node, adopted); });
    remove_old_folders(settings.data_folder / "workers", adopted);
    net::signal_set signals(context, SIGTERM, SIGINT);
    wait_for_signals(signals, keeper);
    {
        db::Listener listener(
            context.get_executor(), dsn, {std::string(db::kClustersChannel)},
            [&](std::string_view, const std::vector<std::string>&) { keeper.wake(); }, [&] { keeper.wake(); });
        std::exception_ptr failure;
        net::co_spawn(context, keeper.run(), [&](std::exception_ptr error) {
            failure = error;
            signals.cancel();
            context.stop();
        });
        spdlog::info("node_id={} ready, {} cores, {} MB", settings.node_id, machine.cores, machine.memory_mb);
        context.run();
        if (failure) std::rethrow_exception(failure);
    }
    children.end_strays();
    return 0;
}

}  // namespace stoker::clusters
