#pragma once
#include <deque>
#include <optional>
#include <string>
#include <variant>

#include "clusters/slurm_client.h"
#include "clusters/worker_provider.h"

namespace stoker::clusters {

class SlurmProvider;

/// A worker in a job of Slurm. Which job that is may not be known yet: it is what the job's name says.
class SlurmWorker final : public Worker {
  public:
    /// What a job is still to be told.
    enum class Message { kRenew, kRetire, kStop, kCancel };

    SlurmWorker(boost::asio::any_io_executor executor, LivingWorker worker, Clock::Monotonic started,
                SlurmProvider& provider);
    /// The job goes on: the next life of the node finds it.
    ~SlurmWorker() override;

    std::string waits_for() const override;
    void kill() override;

    // What the provider has learnt of its job.
    void submitted(const std::variant<std::int64_t, SlurmRefusal>& answer);
    void seen(const SlurmJob& job, Clock::Monotonic now);
    /// Slurm knows of no such job.
    void not_seen();

    /// To be told now; nullopt while there is no job to tell it, or another message is on its way.
    std::optional<Message> next_message();
    void message_answered(bool taken);
    std::int64_t job_id() const { return job_.job_id; }

  private:
    void tell(Order order) override;

    SlurmProvider& provider_;
    SlurmJob job_;  // as last seen; job_id 0 = not known
    std::string refusal_;
    std::deque<Message> messages_;
    bool on_its_way_ = false;  // the first of them
};

}  // namespace stoker::clusters
