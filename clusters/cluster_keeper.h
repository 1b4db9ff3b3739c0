#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "clusters/cluster_preparation.h"
#include "clusters/log_delivery.h"
#include "clusters/node.h"
#include "clusters/unused_builds.h"
#include "clusters/worker_launch.h"
#include "clusters/worker_provider.h"
#include "db/cluster_store.h"
#include "db/instance_pool_store.h"
#include "db/pool.h"
#include "db/task_run_store.h"

namespace stoker::clusters {

/// Keeps the workers of this node as the clusters in the database ask: one pass after each event, and every few
/// seconds. All of it runs on one executor of one thread; only `wake` may be called from others.
class ClusterKeeper {
  public:
    ClusterKeeper(boost::asio::any_io_executor executor, db::Pool& pool, const Clock& clock, Children& children,
                  NodeSettings settings, std::filesystem::path program);

    /// Before `run`: takes the workers that have outlived an earlier life of this node. Returns which.
    std::vector<WorkerId> adopt_workers();
    /// Until shut_down was called and no worker is left.
    boost::asio::awaitable<void> run();
    /// Something may have changed: look soon. From any thread.
    void wake();
    /// Workers drain and leave; asked a second time, they are killed.
    void shut_down();

  private:
    /// What this node holds of one cluster.
    using Instances = std::map<WorkerId, std::unique_ptr<Worker>>;
    struct Served {
        std::unique_ptr<ClusterPreparation> preparation;
        Instances workers;
        std::map<WorkerId, std::string> pools;  // of workers that an instance pool has a place for
        std::vector<WorkerId> unborn;           // registered, without a process yet
        std::string told;                       // the last message written
        std::string told_status;                // the last word on the libraries
        int early_deaths = 0;                   // in a row
        std::string last_end;                   // how the last of them ended
        std::string refusal;                    // of a further worker, while it rests
        bool waits = true;                      // was said of workers; perhaps by an earlier life of this node
        bool has_head = false;                  // here, or soon
        Clock::Monotonic rest_until{};
        bool empty() const { return !preparation && workers.empty() && unborn.empty(); }
    };

    /// What this node holds of one instance pool: its workers are warm and no cluster's yet.
    struct Pool {
        db::PoolToKeep asked;
        Served served;
        int followers = 0;  // to be started in the place of instances that clusters had
    };

    boost::asio::awaitable<void> pass();
    boost::asio::awaitable<void> record_deaths(const ClusterId& cluster_id, Served& served);
    boost::asio::awaitable<void> record_gone(WorkerId worker_id, std::string why);
    boost::asio::awaitable<void> serve(db::ClusterToServe cluster, Served& served);
    boost::asio::awaitable<bool> look_after_preparation(const db::ClusterRow& cluster, Served& served);
    boost::asio::awaitable<void> perform(const Action& action, const db::ClusterRow& cluster, Served& served);
    boost::asio::awaitable<void> start_worker(const db::ClusterRow& cluster, Served& served, bool is_head);
    boost::asio::awaitable<void> tell_what_workers_wait_for(const db::ClusterToServe& asked, Served& served);
    boost::asio::awaitable<bool> take_place(const db::ClusterRow& cluster, Served& served, const db::WorkerRow& worker,
                                            const db::WorkerSize& size, std::string instance_pool_id);
    boost::asio::awaitable<void> keep_pools();
    boost::asio::awaitable<void> keep_pool(Pool& pool);
    boost::asio::awaitable<void> start_instance(Pool& pool, bool follows);
    boost::asio::awaitable<void> record_ended_instances(Pool& pool);
    bool is_prepared(Pool& pool);
    void follow_instance(const std::string& instance_pool_id);
    /// A warm worker that the cluster can be given, or the end of the pool's.
    Instances::iterator fitting_instance(Pool& pool, const ClusterDefinition& definition, const Served& served);
    void remove_traces(const WorkerId& worker_id) const;
    boost::asio::awaitable<void> give_up(const db::ClusterRow& cluster, Served& served);
    boost::asio::awaitable<bool> turn_down_if_unfit(const db::ClusterToServe& asked);
    boost::asio::awaitable<void> fail(const db::ClusterRow& cluster, std::string message, std::string code);
    boost::asio::awaitable<void> pause(std::chrono::milliseconds longest);

    boost::asio::awaitable<void> tell_progress(const db::ClusterRow& cluster, Served& served,
                                               const ClusterPreparation::Result& result);
    boost::asio::awaitable<void> preparation_failed(const db::ClusterRow& cluster, const Served& served,
                                                    ClusterPreparation::Result result);
    std::map<std::string, std::unique_ptr<WorkerProvider>> providers(const std::filesystem::path& program);
    std::string why_unfit(const ClusterDefinition& definition) const;
    ClusterView view_of(const db::ClusterToServe& asked, const Served& served) const;
    void prepare(const db::ClusterRow& cluster, Served& served);
    void note_death(const ClusterId& cluster_id, Served& served, const Worker& ended);
    WorkerLaunch launch_of(const db::ClusterRow& cluster, const Served& served, const LivingWorker& worker,
                           const ClusterDefinition& definition) const;
    void renew_worker(const db::ClusterRow& cluster, const Served& served, Worker& worker) const;
    void make_folders(const WorkerLaunch& launch) const;
    void tell(const db::FinishResult& result);
    void stop_all();
    bool nothing_lives() const;

    boost::asio::any_io_executor executor_;
    db::Pool& pool_;
    const Clock& clock_;
    Children& children_;
    const NodeSettings settings_;
    const Catalog catalog_;
    EnvironmentBuilder environments_;
    JarResolver jars_;
    UnusedBuilds unused_builds_;
    LogDelivery log_delivery_;
    const std::map<std::string, std::unique_ptr<WorkerProvider>> providers_;  // outlive their workers
    std::map<ClusterId, Served> served_;
    std::map<std::string, Pool> pools_;
    boost::asio::steady_timer timer_;
    bool woken_ = false;
    bool shutting_down_ = false;
};

}  // namespace stoker::clusters
