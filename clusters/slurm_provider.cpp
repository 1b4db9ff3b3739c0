#include "clusters/slurm_provider.h"

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

SlurmProvider::SlurmProvider(net::any_io_executor executor, const Clock& clock, Children& children,
                             SlurmClient::Settings settings, std::function<void()> changed)
    : executor_(executor),
      clock_(clock),
      client_(children, settings),
      node_id_(settings.node_id),
      changed_(std::move(changed)),
      installed_(SlurmClient::is_installed()),
      next_look_(executor) {}

SlurmProvider::~SlurmProvider() {
    stop_.request_stop();
    thread_.stop();
    thread_.join();
}

std::string SlurmProvider::unavailable() const {
    if (installed_) return "";
    return "Slurm: node " + node_id_ + " cannot submit jobs, there is no sbatch on its PATH";
}

void SlurmProvider::hold(const NodeType& type, WorkerLaunch& launch) {
    launch.limits = {.memory_mb = type.memory_mb, .cores = type.cores};
    launch.gpus = type.gpus;
    launch.limits_by = kSlurmProvider;
}

std::unique_ptr<Worker> SlurmProvider::start(const LivingWorker& worker, const WorkerLaunch& launch,
                                             const ClusterDefinition& definition) {
    SlurmClient::write_script(launch);
    auto made = std::make_unique<SlurmWorker>(executor_, worker, clock_.monotonic(), *this);
    const auto submit = [this, launch, options = definition.slurm] {
        return client_.submit(launch, options, stop_.get_token());
    };
    ask(submit, [this, worker_id = worker.worker_id, cluster_id = launch.cluster_id](const auto& answer) {
        if (const auto* job_id = std::get_if<std::int64_t>(&answer))
            spdlog::info("cluster_id={} worker_id={} submitted to Slurm, job {}", cluster_id, worker_id, *job_id);
        else
            spdlog::warn("cluster_id={} worker_id={} not taken by Slurm: {}", cluster_id, worker_id,
                         std::get<SlurmRefusal>(answer).message);
        SlurmWorker* submitted = find(worker_id);
        if (!submitted) return;
        submitted->submitted(answer);
        deliver(*submitted);
        changed_();
    });
    look_in(kAtOnce);
    return made;
}

std::unique_ptr<Worker> SlurmProvider::adopt(const WorkerLaunch& launch) {
    LivingWorker worker{.worker_id = launch.worker_id,
                        .generation = launch.generation,
                        .is_head = launch.is_head,
                        .libraries = launch.libraries};
    spdlog::info("cluster_id={} worker_id={} may live on as a job of Slurm", launch.cluster_id, launch.worker_id);
    auto adopted = std::make_unique<SlurmWorker>(executor_, worker, clock_.monotonic(), *this);
    look_in(kAtOnce);
    return adopted;
}

void SlurmProvider::add(SlurmWorker& worker) {
    workers_[worker.worker().worker_id] = &worker;
}

void SlurmProvider::remove(const SlurmWorker& worker) {
    workers_.erase(worker.worker().worker_id);
}

SlurmWorker* SlurmProvider::find(const WorkerId& worker_id) const {
    const auto found = workers_.find(worker_id);
    return found == workers_.end() ? nullptr : found->second;
}

void SlurmProvider::deliver(SlurmWorker& worker) {
    const auto message = worker.next_message();
    if (!message) return;
    const std::int64_t job_id = worker.job_id();
    ask([this, job_id, message = *message] { return carry_out(job_id, message); },
        [this, job_id, worker_id = worker.worker().worker_id](const std::string& refusal) {
            if (!refusal.empty()) spdlog::info("worker_id={} job {}: {}", worker_id, job_id, refusal);
            SlurmWorker* told = find(worker_id);
            if (!told) return;
            told->message_answered(refusal.empty());
            if (refusal.empty()) deliver(*told);  // else it is said again after the next look
            if (silence_.empty()) look_in(kWhileMoving / 2);
        });
}

std::string SlurmProvider::carry_out(std::int64_t job_id, SlurmWorker::Message message) {
    switch (message) {
        case SlurmWorker::Message::kRenew:
            return client_.signal(job_id, "HUP", stop_.get_token());
        case SlurmWorker::Message::kRetire:
            return tell_to_leave(job_id, "USR1");
        // SIGTERM is how Slurm itself ends a job: by another one the worker knows that its node asks.
        case SlurmWorker::Message::kStop:
            return tell_to_leave(job_id, "INT");
        case SlurmWorker::Message::kCancel:
            break;
    }
    return client_.cancel(job_id, stop_.get_token());
}

std::string SlurmProvider::tell_to_leave(std::int64_t job_id, const std::string& signal) {
    std::string refusal = client_.cancel_if_pending(job_id, stop_.get_token());
    return refusal.empty() ? client_.signal(job_id, signal, stop_.get_token()) : refusal;
}

void SlurmProvider::look_in(std::chrono::milliseconds time) {
    next_look_.expires_after(time);
    next_look_.async_wait([this](const boost::system::error_code& error) {
        if (!error) look();
    });
}

void SlurmProvider::look() {
    if (looking_) return;  // its answer makes the next one due
    looking_ = true;
    std::vector<WorkerId> asked_of;
    for (const auto& [worker_id, worker] : workers_) asked_of.push_back(worker_id);
    ask([this] { return client_.jobs(stop_.get_token()); },
        [this, asked_of](const Jobs& answer) {
            looking_ = false;
            take(answer, asked_of);
            if (!workers_.empty()) look_in(until_next_look());
        });
}

void SlurmProvider::take(const Jobs& answer, const std::vector<WorkerId>& asked_of) {
    if (const auto* refusal = std::get_if<SlurmRefusal>(&answer)) {
        if (silence_.empty()) spdlog::warn("Slurm does not answer: {}", refusal->message);
        pause_ = silence_.empty() ? kWhileMoving : std::min(2 * pause_, kLongestPause);
        silence_ = refusal->message;
    } else {
        if (!silence_.empty()) spdlog::info("Slurm answers again");
        silence_.clear();
        take_jobs(std::get<std::vector<SlurmJob>>(answer), asked_of);
    }
    changed_();
}

void SlurmProvider::take_jobs(const std::vector<SlurmJob>& jobs, const std::vector<WorkerId>& asked_of) {
    std::set<WorkerId> seen;
    for (const SlurmJob& job : jobs) {
        seen.insert(job.worker_id);
        if (SlurmWorker* worker = find(job.worker_id))
            worker->seen(job, clock_.monotonic());
        else if (!job.has_ended())
            end_stranger(job);
    }
    for (const WorkerId& worker_id : asked_of)
        if (SlurmWorker* worker = find(worker_id); worker && !seen.contains(worker_id)) worker->not_seen();
    for (const auto& [worker_id, worker] : workers_) deliver(*worker);
}

/// A worker of an earlier life of this node whose folder is gone: nobody else will end it.
void SlurmProvider::end_stranger(const SlurmJob& job) {
    spdlog::warn("worker_id={} is not this node's any more: cancelling its job {}", job.worker_id, job.job_id);
    ask([this, job_id = job.job_id] { return client_.cancel(job_id, stop_.get_token()); }, [](const std::string&) {});
}

std::chrono::milliseconds SlurmProvider::until_next_look() const {
    if (!silence_.empty()) return pause_;
    const bool moving = std::ranges::any_of(workers_, [this](const auto& entry) {
        const LivingWorker& worker = entry.second->worker();
        return worker.stopping || worker.retiring || clock_.monotonic() - entry.second->started() < kNew;
    });
    return moving ? kWhileMoving : kOtherwise;
}

}  // namespace stoker::clusters
