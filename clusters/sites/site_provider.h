#pragma once
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <type_traits>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include "clusters/command.h"
#include "clusters/sites/site.h"
#include "clusters/sites/site_worker.h"
#include "clusters/worker_provider.h"

namespace stoker::clusters {

/// Workers as jobs of a site, one each. What becomes of all of them is asked in one call, again and again while there
/// are any. The node may end and come back meanwhile, and so may whatever the site answers by: jobs are known by what
/// they are called.
class SiteProvider final : public WorkerProvider {
  public:
    /// `changed` is called on the executor whenever there is something new of a worker.
    SiteProvider(boost::asio::any_io_executor executor, const Clock& clock, std::unique_ptr<Site> site,
                 std::function<void()> changed);
    /// After its workers. Jobs go on.
    ~SiteProvider() override;

    std::string unavailable() const override { return site_->unavailable(); }
    bool is_of_this_machine() const override { return false; }
    void hold(const NodeType& type, WorkerLaunch& launch) override;
    std::unique_ptr<Worker> start(const LivingWorker& worker, const WorkerLaunch& launch,
                                  const ClusterDefinition& definition) override;
    std::unique_ptr<Worker> adopt(const WorkerLaunch& launch) override;

    // For its workers.
    void add(SiteWorker& worker);
    void remove(const SiteWorker& worker);
    void deliver(SiteWorker& worker);
    const Site::Names& names() const { return names_; }
    /// What the site says in place of telling of its jobs, for a person; "" = it tells.
    const std::string& silence() const { return silence_; }

  private:
    using Jobs = std::variant<std::vector<SiteJob>, SiteRefusal>;

    void look_in(std::chrono::milliseconds time);
    void look();
    void take(const Jobs& answer, const std::vector<WorkerId>& asked_of);
    void take_jobs(const std::vector<SiteJob>& jobs, const std::vector<WorkerId>& asked_of);
    void end_stranger(const SiteJob& job);
    std::chrono::milliseconds until_next_look() const;
    SiteWorker* find(const WorkerId& worker_id) const;

    /// What goes wrong is a refusal.
    template <class Question>
    static auto answer_to(Question& question) -> decltype(question()) {
        try {
            return question();
        } catch (const Stopped&) {
            throw;
        } catch (const std::exception& error) {
            if constexpr (std::is_same_v<decltype(question()), std::string>)
                return std::string(error.what());
            else
                return SiteRefusal{error.what(), true};
        }
    }

    /// `question` on the thread that asks the site, `take` with its answer on the executor.
    template <class Question, class Take>
    void ask(Question question, Take take) {
        boost::asio::post(thread_, [this, question = std::move(question), take = std::move(take)]() mutable {
            try {
                boost::asio::post(executor_, [take = std::move(take), answer = answer_to(question)] { take(answer); });
            } catch (const Stopped&) {
                // The provider ends; nobody waits for the answer.
            }
        });
    }

    boost::asio::any_io_executor executor_;
    const Clock& clock_;
    const std::unique_ptr<Site> site_;
    const Site::Names names_;
    const std::function<void()> changed_;
    std::map<WorkerId, SiteWorker*> workers_;
    std::string silence_;
    std::chrono::milliseconds pause_{};  // between looks while it is silent
    bool looking_ = false;
    boost::asio::steady_timer next_look_;
    std::stop_source stop_;
    // One question after the other: a look that is asked for after a submission knows of it.
    boost::asio::thread_pool thread_{1};
};

}  // namespace stoker::clusters
