#pragma once
#include <memory>
#include <string>
#include <unordered_map>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "api/http/authorize.h"
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
};

/// Jobs as run-now last saw them, so that starting one again reads nothing. A job may have changed since: the enqueue
/// transaction compares `job_version`, and who is told that it differs, or would refuse by what is remembered, forgets
/// the job and asks again. On the I/O thread.
class JobCache {
  public:
    explicit JobCache(db::Pool& pool) : pool_(pool) {}

    /// nullptr: there is no such job.
    boost::asio::awaitable<std::shared_ptr<const RunnableJob>> find(JobId job_id);
    bool remembers(JobId job_id) const { return jobs_.contains(job_id); }
    void forget(JobId job_id) { jobs_.erase(job_id); }

  private:
    db::Pool& pool_;
    std::unordered_map<JobId, std::shared_ptr<const RunnableJob>> jobs_;
};

}  // namespace stoker::api
