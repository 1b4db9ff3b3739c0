#include "clusters/sites/site_provider.h"

#include <algorithm>
#include <set>

#include <spdlog/spdlog.h>

namespace stoker::clusters {
namespace {

namespace net = boost::asio;
using namespace std::chrono_literals;

constexpr auto kAtOnce = 0ms;
constexpr auto kWhileMoving = 2s;  // workers come or go
constexpr auto kOtherwise = 5s;
constexpr auto kNew = 60s;  // for so long a worker counts as one that comes
constexpr std::chrono::milliseconds kLongestPause = 60s;

}  // namespace

SiteProvider::SiteProvider(net::any_io_executor executor, const Clock& clock, std::unique_ptr<Site> site,
                           std::function<void()> changed)
    : executor_(executor),
      clock_(clock),
      site_(std::move(site)),
      names_(site_->names()),
      changed_(std::move(changed)),
      next_look_(executor) {
    // There may be jobs of an earlier life of this node, of which nothing else here is left.
    if (site_->unavailable().empty()) look_in(kAtOnce);
}

SiteProvider::~SiteProvider() {
    stop_.request_stop();
    thread_.stop();
    thread_.join();
}

void SiteProvider::hold(const NodeType& type, WorkerLaunch& launch) {
    launch.limits = {.memory_mb = type.memory_mb, .cores = type.cores};
    launch.gpus = type.gpus;
    launch.limits_by = site_->provider();
}

std::unique_ptr<Worker> SiteProvider::start(const LivingWorker& worker, const WorkerLaunch& launch,
                                            const ClusterDefinition& definition) {
    auto made = std::make_unique<SiteWorker>(executor_, worker, clock_.monotonic(), *this);
    const auto submit = [this, launch, definition] { return site_->submit(launch, definition, stop_.get_token()); };
    ask(submit, [this, worker_id = worker.worker_id, cluster_id = launch.cluster_id](const auto& answer) {
        if (const auto* id = std::get_if<std::string>(&answer))
            spdlog::info("cluster_id={} worker_id={} submitted to {}, {} {}", cluster_id, worker_id, names_.site,
                         names_.job, *id);
        else
            spdlog::warn("cluster_id={} worker_id={} not taken by {}: {}", cluster_id, worker_id, names_.site,
                         std::get<SiteRefusal>(answer).message);
        SiteWorker* submitted = find(worker_id);
        if (!submitted) return;
        submitted->submitted(answer);
        deliver(*submitted);
        changed_();
    });
    look_in(kAtOnce);
    return made;
}

std::unique_ptr<Worker> SiteProvider::adopt(const WorkerLaunch& launch) {
    LivingWorker worker{.worker_id = launch.worker_id,
                        .generation = launch.generation,
                        .is_head = launch.is_head,
                        .libraries = launch.libraries};
    spdlog::info("cluster_id={} worker_id={} may live on as a {} of {}", launch.cluster_id, launch.worker_id,
                 names_.job, names_.site);
    auto adopted = std::make_unique<SiteWorker>(executor_, worker, clock_.monotonic(), *this);
    look_in(kAtOnce);
    return adopted;
}

void SiteProvider::add(SiteWorker& worker) {
    workers_[worker.worker().worker_id] = &worker;
}

void SiteProvider::remove(const SiteWorker& worker) {
    workers_.erase(worker.worker().worker_id);
}

SiteWorker* SiteProvider::find(const WorkerId& worker_id) const {
    const auto found = workers_.find(worker_id);
    return found == workers_.end() ? nullptr : found->second;
}

void SiteProvider::deliver(SiteWorker& worker) {
    const auto message = worker.next_message();
    if (!message) return;
    const SiteJob job = worker.job();
    ask([this, job, message = *message] { return site_->tell(job, message, stop_.get_token()); },
        [this, job](const std::string& refusal) {
            if (!refusal.empty()) spdlog::info("worker_id={} {} {}: {}", job.worker_id, names_.job, job.id, refusal);
            SiteWorker* told = find(job.worker_id);
            if (!told) return;
            told->message_answered(refusal.empty());
            if (refusal.empty()) deliver(*told);  // else it is said again after the next look
            if (silence_.empty()) look_in(kWhileMoving / 2);
        });
}

void SiteProvider::look_in(std::chrono::milliseconds time) {
    next_look_.expires_after(time);
    next_look_.async_wait([this](const boost::system::error_code& error) {
        if (!error) look();
    });
}

void SiteProvider::look() {
    if (looking_) return;  // its answer makes the next one due
    looking_ = true;
    std::vector<WorkerId> asked_of;
    for (const auto& [worker_id, worker] : workers_) asked_of.push_back(worker_id);
    ask([this] { return site_->jobs(stop_.get_token()); },
        [this, asked_of](const Jobs& answer) {
            looking_ = false;
            take(answer, asked_of);
            if (!workers_.empty()) look_in(until_next_look());
        });
}

void SiteProvider::take(const Jobs& answer, const std::vector<WorkerId>& asked_of) {
    if (const auto* refusal = std::get_if<SiteRefusal>(&answer)) {
        const std::string words = names_.site + (refusal->is_final ? ": " : " does not answer: ") + refusal->message;
        if (silence_.empty()) spdlog::warn("{}", words);
        pause_ = silence_.empty() ? kWhileMoving : std::min(2 * pause_, kLongestPause);
        silence_ = words;
    } else {
        if (!silence_.empty()) spdlog::info("{} answers again", names_.site);
        silence_.clear();
        take_jobs(std::get<std::vector<SiteJob>>(answer), asked_of);
    }
    changed_();
}

void SiteProvider::take_jobs(const std::vector<SiteJob>& jobs, const std::vector<WorkerId>& asked_of) {
    std::set<WorkerId> seen;
    for (const SiteJob& job : jobs) {
        seen.insert(job.worker_id);
        if (SiteWorker* worker = find(job.worker_id))
            worker->seen(job, clock_.monotonic());
        else if (job.phase != SiteJob::Phase::kEnded)
            end_stranger(job);
    }
    for (const WorkerId& worker_id : asked_of)
        if (SiteWorker* worker = find(worker_id); worker && !seen.contains(worker_id)) worker->not_seen();
    for (const auto& [worker_id, worker] : workers_) deliver(*worker);
}

/// A worker of an earlier life of this node whose folder is gone: nobody else will end it.
void SiteProvider::end_stranger(const SiteJob& job) {
    spdlog::warn("worker_id={} is not this node's any more: cancelling its {} {}", job.worker_id, names_.job, job.id);
    ask([this, job] { return site_->tell(job, SiteMessage::kCancel, stop_.get_token()); }, [](const std::string&) {});
}

std::chrono::milliseconds SiteProvider::until_next_look() const {
    if (!silence_.empty()) return pause_;
    const bool moving = std::ranges::any_of(workers_, [this](const auto& entry) {
        const LivingWorker& worker = entry.second->worker();
        return worker.stopping || worker.retiring || clock_.monotonic() - entry.second->started() < kNew;
    });
    return moving ? kWhileMoving : kOtherwise;
}

}  // namespace stoker::clusters
