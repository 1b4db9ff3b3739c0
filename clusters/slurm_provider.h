#pragma once
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include "clusters/slurm_client.h"
#include "clusters/slurm_worker.h"
#include "clusters/worker_provider.h"

namespace stoker::clusters {

/// Workers as jobs of Slurm, one each. What becomes of all of them is asked in one call, again and again while there
/// are any. The node may end and come back meanwhile, and so may Slurm's controller: jobs are known by what they are
/// called.
class SlurmProvider final : public WorkerProvider {
  public:
    /// `changed` is called on the executor whenever there is something new of a worker.
    SlurmProvider(boost::asio::any_io_executor executor, const Clock& clock, Children& children,
                  SlurmClient::Settings settings, std::function<void()> changed);
    /// After its workers. Jobs go on.
    ~SlurmProvider() override;

    std::string unavailable() const override;
    bool is_of_this_machine() const override { return false; }
    void hold(const NodeType& type, WorkerLaunch& launch) override;
    std::unique_ptr<Worker> start(const LivingWorker& worker, const WorkerLaunch& launch,
                                  const ClusterDefinition& definition) override;
    std::unique_ptr<Worker> adopt(const WorkerLaunch& launch) override;

    // For its workers.
    void add(SlurmWorker& worker);
    void remove(const SlurmWorker& worker);
    void deliver(SlurmWorker& worker);
    /// What Slurm says in place of answers; "" = it answers.
    const std::string& silence() const { return silence_; }

  private:
    using Jobs = std::variant<std::vector<SlurmJob>, SlurmRefusal>;

    void look_in(std::chrono::milliseconds time);
    void look();
    void take(const Jobs& answer, const std::vector<WorkerId>& asked_of);
    void take_jobs(const std::vector<SlurmJob>& jobs, const std::vector<WorkerId>& asked_of);
    void end_stranger(const SlurmJob& job);
    std::chrono::milliseconds until_next_look() const;
    std::string carry_out(std::int64_t job_id, SlurmWorker::Message message);
    std::string tell_to_leave(std::int64_t job_id, const std::string& signal);
    SlurmWorker* find(const WorkerId& worker_id) const;

    /// `question` on the thread of commands, `take` with its answer on the executor.
    template <class Question, class Take>
    void ask(Question question, Take take) {
        boost::asio::post(thread_, [this, question = std::move(question), take = std::move(take)]() mutable {
            try {
                boost::asio::post(executor_, [take = std::move(take), answer = question()] { take(answer); });
            } catch (const Stopped&) {
                // The provider ends; nobody waits for the answer.
            }
        });
    }

    boost::asio::any_io_executor executor_;
    const Clock& clock_;
    SlurmClient client_;
    const NodeId node_id_;
    const std::function<void()> changed_;
    const bool installed_;
    std::map<WorkerId, SlurmWorker*> workers_;
    std::string silence_;
    std::chrono::milliseconds pause_{};  // between looks while it is silent
    bool looking_ = false;
    boost::asio::steady_timer next_look_;
    std::stop_source stop_;
    // Commands one after the other: a look that is asked for after a submission knows of it.
    boost::asio::thread_pool thread_{1};
};

}  // namespace stoker::clusters
