#include <algorithm>
#include <array>

#include "api/http/parameters.h"
#include "api/jobs/endpoints.h"
#include "api/jobs/job_access.h"
#include "api/jobs/job_cache.h"
#include "api/services.h"
#include "api/wire/access_control.h"
#include "core/error.h"
#include "db/permission_store.h"
#include "db/pool.h"
#include "db/principal_store.h"

namespace stoker::api::jobs {
namespace {
using Json = nlohmann::json;

struct Level {
    const char* name;
    const char* description;
};
constexpr std::array kLevels{
    Level{"CAN_VIEW", "Can view the job and its runs"},
    Level{"CAN_MANAGE_RUN", "Can view the job, start its runs and cancel them"},
    Level{"CAN_MANAGE", "Can do everything with the job, its deletion and permissions included"},
    Level{"IS_OWNER", "Is the owner of the job"},
};

Json level_json(const std::string& level, bool inherited) {
    Json json{{"permission_level", level}, {"inherited", inherited}};
    if (inherited) json["inherited_from_object"] = {"/jobs/"};
    return json;
}

Json entry_json(const db::Permission& permission, bool inherited) {
    return {{permission.principal_kind, permission.principal},
            {"display_name", permission.principal},
            {"all_permissions", Json::array({level_json(permission.permission_level, inherited)})}};
}

/// With the owner, who stands in no row until the job is given away.
std::vector<db::Permission> with_owner(std::vector<db::Permission> permissions, const std::string& owner) {
    if (std::ranges::none_of(permissions, [](const auto& one) { return one.permission_level == "IS_OWNER"; })) {
        std::erase_if(permissions,
                      [&](const auto& one) { return one.principal == owner && one.principal_kind == "user_name"; });
        permissions.insert(permissions.begin(), {"user_name", owner, "IS_OWNER"});
    }
    return permissions;
}

Json permissions_json(JobId job_id, const std::vector<db::Permission>& permissions) {
    Json list = Json::array();
    for (const auto& permission : permissions) list.push_back(entry_json(permission, false));
    list.push_back(entry_json({"group_name", "admins", "CAN_MANAGE"}, true));
    return {
        {"object_id", "/jobs/" + to_string(job_id)}, {"object_type", "job"}, {"access_control_list", std::move(list)}};
}

/// PUT replaces, PATCH adds to what is there; a new owner takes the place of the old one, who may go on managing the
/// job.
std::vector<db::Permission> merged(std::vector<db::Permission> stored, const std::vector<db::Permission>& sent) {
    for (const auto& permission : sent) {
        if (permission.permission_level == "IS_OWNER")
            for (auto& one : stored)
                if (one.permission_level == "IS_OWNER") one.permission_level = "CAN_MANAGE";
        std::erase_if(stored, [&](const auto& one) {
            return one.principal_kind == permission.principal_kind && one.principal == permission.principal;
        });
        stored.push_back(permission);
    }
    return stored;
}

void check_principals(db::Transaction& tx, const std::vector<db::Permission>& permissions) {
    for (const auto& permission : permissions)
        if (permission.principal_kind != "group_name" && !db::find_user(tx, permission.principal))
            throw ApiError(ErrorCode::kResourceDoesNotExist,
                           "access_control_list: User " + permission.principal + " does not exist.");
}

enum class Write { kReplace, kMerge };
Answer write_permissions(Services& services, Request& request, Write how) {
    const JobId job_id{path_integer(request, "job_id")};
    const JsonReader body(request.parameters);
    const auto sent = parse_access_control(body);
    auto write = [job_id, sent, how, principal = request.principal,
                  action = request.endpoint->action](db::Transaction& tx) {
        const auto job = db::find_job(tx, job_id);
        if (!job) throw ApiError::job_does_not_exist(job_id);
        authorize_job(tx, principal, action, *job);
        check_principals(tx, sent);
        const auto stored = with_owner(db::find_permissions(tx, "jobs", to_string(job_id)), job->owner_user_name);
        auto after = how == Write::kMerge ? merged(stored, sent) : with_owner(sent, job->owner_user_name);
        db::set_permissions(tx, "jobs", to_string(job_id), after);
        return after;
    };
    const std::vector<db::Permission> after = co_await services.pool.run(write);
    services.jobs.forget(job_id);
    co_return json_response(permissions_json(job_id, after));
}
}  // namespace

Answer get_permissions(Services& services, Request& request) {
    const JobId job_id{path_integer(request, "job_id")};
    auto read = [job_id, principal = request.principal, action = request.endpoint->action](db::Transaction& tx) {
        const auto job = db::find_job(tx, job_id);
        if (!job) throw ApiError::job_does_not_exist(job_id);
        authorize_job(tx, principal, action, *job);
        return with_owner(db::find_permissions(tx, "jobs", to_string(job_id)), job->owner_user_name);
    };
    const std::vector<db::Permission> permissions = co_await services.pool.read(read);
    co_return json_response(permissions_json(job_id, permissions));
}

Answer set_permissions(Services& services, Request& request) {
    return write_permissions(services, request, Write::kReplace);
}

Answer update_permissions(Services& services, Request& request) {
    return write_permissions(services, request, Write::kMerge);
}

Answer permission_levels(Services&, Request&) {
    Json levels = Json::array();
    for (const Level& level : kLevels)
        levels.push_back({{"permission_level", level.name}, {"description", level.description}});
    co_return json_response({{"permission_levels", std::move(levels)}});
}

}  // namespace stoker::api::jobs
