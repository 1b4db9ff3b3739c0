#include "api/jobs/job_cache.h"

#include "api/jobs/job_access.h"
#include "db/job_store.h"
#include "db/pool.h"

namespace stoker::api {
namespace {
constexpr std::size_t kMaxJobs = 1024;
constexpr std::chrono::seconds kTrusted{5};
}  // namespace

boost::asio::awaitable<std::shared_ptr<const RunnableJob>> JobCache::find(JobId job_id) {
    const auto now = clock_.monotonic();
    if (const auto known = jobs_.find(job_id); known != jobs_.end() && known->second->until > now)
        co_return known->second;
    auto read = [job_id](db::Transaction& tx) { return db::find_job(tx, job_id); };
    const auto row = co_await pool_.read(read);
    if (!row) co_return nullptr;
    auto job = std::make_shared<const RunnableJob>(RunnableJob{
        row->job_version, owned(*row), nlohmann::json::parse(row->settings), row->continuous, now + kTrusted});
    if (jobs_.size() >= kMaxJobs) jobs_.clear();
    jobs_.insert_or_assign(job_id, job);
    co_return job;
}

}  // namespace stoker::api
