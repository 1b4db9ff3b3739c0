#include "clusters/slurm_worker.h"

#include "clusters/slurm_provider.h"

namespace stoker::clusters {
namespace {

constexpr std::string_view kPending = "PENDING";
constexpr std::string_view kRunning = "RUNNING";

std::string in_words(const SlurmJob& job, const std::string& verb) {
    return "Slurm: job " + std::to_string(job.job_id) + " " + verb + " " + job.state +
           (job.reason.empty() ? "" : " (" + job.reason + ")");
}

}  // namespace

SlurmWorker::SlurmWorker(boost::asio::any_io_executor executor, LivingWorker worker, Clock::Monotonic started,
                         SlurmProvider& provider)
    : Worker(std::move(executor), std::move(worker), started), provider_(provider) {
    provider_.add(*this);
}

SlurmWorker::~SlurmWorker() {
    provider_.remove(*this);
}

std::string SlurmWorker::waits_for() const {
    if (!provider_.silence().empty()) return "Slurm does not answer: " + provider_.silence();
    if (job_.job_id == 0) return "Slurm: its job is being submitted";
    return in_words(job_, "is") + (job_.state == kRunning ? ", its worker starts" : "");
}

void SlurmWorker::submitted(const std::variant<std::int64_t, SlurmRefusal>& answer) {
    if (const auto* job_id = std::get_if<std::int64_t>(&answer)) {
        if (job_.job_id == 0) job_.state = kPending;
        job_.job_id = *job_id;
    } else {
        // It may be there in spite of that, if only the answer was lost: the next look tells.
        refusal_ = std::get<SlurmRefusal>(answer).message;
    }
}

void SlurmWorker::seen(const SlurmJob& job, Clock::Monotonic now) {
    if (end()) return;
    if (job.state == kRunning && job_.state == kPending) has_begun(now);
    job_ = job;
    if (!job_.has_ended()) return;
    has_ended({job_.exit_code, refusal_.empty() ? in_words(job_, "ended as") : "Slurm: " + refusal_});
}

void SlurmWorker::not_seen() {
    if (end()) return;
    if (!refusal_.empty()) {
        has_ended({.status = 1, .why = "Slurm: " + refusal_});
    } else {
        const std::string job = job_.job_id == 0 ? "its job" : "job " + std::to_string(job_.job_id);
        has_ended({.status = 1, .why = "Slurm: " + job + " is not known any more"});
    }
}

void SlurmWorker::tell(Order order) {
    messages_.push_back(order == Order::kRenew    ? Message::kRenew
                        : order == Order::kRetire ? Message::kRetire
                                                  : Message::kStop);
    provider_.deliver(*this);
}

void SlurmWorker::kill() {
    if (end()) return;
    messages_.erase(messages_.begin() + (on_its_way_ ? 1 : 0), messages_.end());
    messages_.push_back(Message::kCancel);
    provider_.deliver(*this);
}

std::optional<SlurmWorker::Message> SlurmWorker::next_message() {
    if (job_.job_id == 0 || on_its_way_ || messages_.empty() || end()) return std::nullopt;
    on_its_way_ = true;
    return messages_.front();
}

void SlurmWorker::message_answered(bool taken) {
    on_its_way_ = false;
    if (taken) messages_.pop_front();
}

}  // namespace stoker::clusters
