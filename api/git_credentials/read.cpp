#include "api/git_credentials/credential.h"
#include "api/git_credentials/endpoints.h"
#include "api/services.h"
#include "db/pool.h"

namespace stoker::api::git_credentials {

Answer list(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    auto read = [user_name = request.principal.user_name](db::Transaction& tx) {
        return db::list_git_credentials(tx, user_name);
    };
    const auto credentials = co_await services.pool.read(read);
    nlohmann::json answer{{"credentials", nlohmann::json::array()}};
    for (const db::GitCredential& credential : credentials)
        answer["credentials"].push_back(git_credential_json(credential));
    co_return json_response(answer);
}

Answer get(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    const std::int64_t credential_id = credential_id_of(request);
    auto read = [credential_id, user_name = request.principal.user_name](db::Transaction& tx) {
        return db::find_git_credential(tx, credential_id, user_name);
    };
    const auto credential = co_await services.pool.read(read);
    if (!credential) throw git_credential_does_not_exist(std::to_string(credential_id));
    co_return json_response(git_credential_json(*credential));
}

}  // namespace stoker::api::git_credentials
