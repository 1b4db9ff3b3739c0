#pragma once
#include <deque>
#include <optional>
#include <string>
#include <variant>

#include "clusters/sites/site.h"
#include "clusters/worker_provider.h"

namespace stoker::clusters {

class SiteProvider;

/// A worker in a job of a site. Which job that is may not be known yet: it is the one of the worker's name.
class SiteWorker final : public Worker {
  public:
    SiteWorker(boost::asio::any_io_executor executor, LivingWorker worker, Clock::Monotonic started,
               SiteProvider& provider);
    /// The job goes on: the next life of the node finds it.
    ~SiteWorker() override;

    std::string waits_for() const override;
    void kill() override;

    // What the provider has learnt of its job.
    void submitted(const std::variant<std::string, SiteRefusal>& answer);
    void seen(const SiteJob& job, Clock::Monotonic now);
    /// The site knows of no such job.
    void not_seen();

    /// To be told now; nullopt while there is no job to tell it, or another message is on its way.
    std::optional<SiteMessage> next_message();
    void message_answered(bool taken);
    const SiteJob& job() const { return job_; }

  private:
    void tell(Order order) override;
    std::string in_words(const std::string& verb) const;
    void was_refused();

    SiteProvider& provider_;
    SiteJob job_;  // as last seen
    std::string refusal_;
    std::deque<SiteMessage> messages_;
    bool on_its_way_ = false;  // the first of them
};

}  // namespace stoker::clusters
