#pragma once
#include <memory>
#include <string>
#include <unordered_map>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "api/http/authorize.h"
#include "core/clock.h"
#include "core/ids.h"

namespace stoker::db {
class Pool;
}

namespace stoker::api {

/// What run-now asks a job for.
struct RunnableJob {
    int job_version = 0;
    OwnedObject owner;
    nlohmann::json settings;
    bool continuous = false;
    Clock::Monotonic until;
};

/// Jobs as run-now last saw them, so that starting one again reads nothing. A job may have changed since: the enqueue
/// transaction compares `job_version`, and who is told that it differs, or would refuse by what is remembered, forgets
/// the job and asks again. Who owns it is remembered for some seconds. On the I/O thread.
class JobCache {
  public:
    JobCache(db::Pool& pool, const Clock& clock) : pool_(pool), clock_(clock) {}

    /// nullptr: there is no such job.
    boost::asio::awaitable<std::shared_ptr<const RunnableJob>> find(JobId job_id);
    bool remembers(JobId job_id) const { return jobs_.contains(job_id); }
    void forget(JobId job_id) { jobs_.erase(job_id); }

  private:
    db::Pool& pool_;
    const Clock& clock_;
    std::unordered_map<JobId, std::shared_ptr<const RunnableJob>> jobs_;
};

}  // namespace stoker::api
