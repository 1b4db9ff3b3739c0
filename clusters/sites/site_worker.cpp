#include "clusters/sites/site_worker.h"

#include "clusters/sites/site_provider.h"

namespace stoker::clusters {

SiteWorker::SiteWorker(boost::asio::any_io_executor executor, LivingWorker worker, Clock::Monotonic started,
                       SiteProvider& provider)
    : Worker(std::move(executor), std::move(worker), started), provider_(provider) {
    job_.worker_id = this->worker().worker_id;
    provider_.add(*this);
}

SiteWorker::~SiteWorker() {
    provider_.remove(*this);
}

/// "Slurm: job 17 is PENDING (Resources)"
std::string SiteWorker::in_words(const std::string& verb) const {
    return provider_.names().site + ": " + provider_.names().job + " " + job_.id + " " + verb + " " + job_.state +
           (job_.reason.empty() ? "" : " (" + job_.reason + ")");
}

std::string SiteWorker::waits_for() const {
    const Site::Names& names = provider_.names();
    if (!provider_.silence().empty()) return provider_.silence();
    if (job_.id.empty()) return names.site + ": its " + names.job + " is being submitted";
    return job_.phase == SiteJob::Phase::kWaiting ? in_words("is") : "";
}

void SiteWorker::submitted(const std::variant<std::string, SiteRefusal>& answer) {
    if (const auto* id = std::get_if<std::string>(&answer)) {
        if (job_.id.empty()) job_.state = "submitted";
        job_.id = *id;
    } else {
        const auto& refusal = std::get<SiteRefusal>(answer);
        refusal_ = refusal.message;
        // Else it may be there in spite of that, if only the answer was lost: the next look tells.
        if (refusal.is_final) was_refused();
    }
}

void SiteWorker::was_refused() {
    has_ended({.status = 1, .why = provider_.names().site + ": " + refusal_, .was_refused = true});
}

void SiteWorker::seen(const SiteJob& job, Clock::Monotonic now) {
    if (end()) return;
    if (job.phase != SiteJob::Phase::kWaiting && job_.phase == SiteJob::Phase::kWaiting) has_begun(now);
    job_ = job;
    if (job_.phase == SiteJob::Phase::kEnded) has_ended({.status = job_.exit_code, .why = in_words("ended as")});
}

void SiteWorker::not_seen() {
    if (end()) return;
    if (!refusal_.empty()) return was_refused();
    const Site::Names& names = provider_.names();
    const std::string job = job_.id.empty() ? "its " + names.job : names.job + " " + job_.id;
    has_ended({.status = 1, .why = names.site + ": " + job + " is not known any more"});
}

void SiteWorker::tell(Order order) {
    messages_.push_back(order == Order::kRenew    ? SiteMessage::kRenew
                        : order == Order::kRetire ? SiteMessage::kRetire
                                                  : SiteMessage::kStop);
    provider_.deliver(*this);
}

void SiteWorker::kill() {
    if (end()) return;
    messages_.erase(messages_.begin() + (on_its_way_ ? 1 : 0), messages_.end());
    messages_.push_back(SiteMessage::kCancel);
    provider_.deliver(*this);
}

std::optional<SiteMessage> SiteWorker::next_message() {
    if (job_.id.empty() || on_its_way_ || messages_.empty() || end()) return std::nullopt;
    on_its_way_ = true;
    return messages_.front();
}

void SiteWorker::message_answered(bool taken) {
    on_its_way_ = false;
    if (taken) messages_.pop_front();
}

}  // namespace stoker::clusters
