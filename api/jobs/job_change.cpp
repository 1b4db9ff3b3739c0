#include "api/jobs/job_change.h"

#include <algorithm>

#include "api/announce.h"
#include "api/clusters/policies.h"
#include "api/http/router.h"
#include "api/jobs/definition.h"
#include "api/jobs/job_access.h"
#include "api/jobs/job_cache.h"
#include "core/error.h"
#include "db/listener.h"
#include "db/pool.h"

namespace stoker::api::jobs {
namespace {
/// What the transaction needs, by value: it may run more than once.
struct Change {
    JobDefinition definition;
    Principal principal;
    JobId job_id;
    int job_version;

    /// false: the job has another version by now.
    bool operator()(db::Transaction& tx) const {
        const auto job = db::find_job(tx, job_id);
        if (!job) throw ApiError::job_does_not_exist(job_id);
        authorize_job(tx, principal, Action::kManage, *job);
        JobDefinition checked = definition;
        settle_identities(tx, principal, checked, job->run_as_user_name);
        if (!db::change_job(tx, job_id, job_version, checked.job)) return false;
        db::set_trigger(tx, job_id, checked.trigger);
        return true;
    }
};
/// They belong to create; clients send here what they have sent there.
void leave_permissions_out(nlohmann::json& settings, IgnoredNames& ignored) {
    if (settings.erase("access_control_list") == 0) return;
    const std::string name = "new_settings.access_control_list";
    if (std::ranges::find(ignored, name) == ignored.end()) ignored.push_back(name);
}
}  // namespace

boost::asio::awaitable<Response> change_job(Services& services, Request& request, const JobChange& change) {
    const JobId job_id{JsonReader(request.parameters).integer("job_id")};
    auto read = [job_id](db::Transaction& tx) { return db::find_job(tx, job_id); };
    bool is_changed = false;
    while (!is_changed) {
        const auto job = co_await services.pool.read(read);
        if (!job) throw ApiError::job_does_not_exist(job_id);
        co_await authorize_on_job(services, request.principal, request.endpoint->action, owned(*job), job_id);
        nlohmann::json settings = change.settings(nlohmann::json::parse(job->settings));
        leave_permissions_out(settings, request.ignored_fields);
        const auto rules = co_await definition_rules(services, settings);
        Change write{
            parse_job_settings(settings, rules, request.version, services.clock.epoch_millis(), "new_settings"),
            request.principal, job_id, job->job_version};
        if (change.keeps_unsent("queue") && !settings.contains("queue"))
            write.definition.job.queue_enabled = job->queue_enabled;
        is_changed = co_await services.pool.run(write);
    }
    services.jobs.forget(job_id);
    co_await announce_to_scheduler(services);
    co_return Response{};
}

}  // namespace stoker::api::jobs
