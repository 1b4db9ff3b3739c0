#include "api/git_credentials/credential.h"
#include "api/git_credentials/endpoints.h"
#include "api/services.h"
#include "core/json_reader.h"
#include "db/pool.h"

namespace stoker::api::git_credentials {
namespace {
constexpr std::size_t kMostOfAUser = 100;
}

Answer create(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    const JsonReader body(request.parameters);
    const GitCredentialFields fields = parse_git_credential(body);
    auto write = [fields, user_name = request.principal.user_name,
                  sealing_key = services.settings.sealing_key](db::Transaction& tx) {
        db::lock_git_credentials(tx, user_name);
        if (db::list_git_credentials(tx, user_name).size() >= kMostOfAUser)
            throw ApiError(ErrorCode::kQuotaExceeded,
                           "A user has at most " + std::to_string(kMostOfAUser) + " Git credentials.");
        db::GitCredential made;
        made.credential_id = db::next_git_credential_id(tx);
        made.user_name = user_name;
        made.git_provider = *fields.git_provider;
        made.git_username = fields.git_username;
        made.git_email = fields.git_email;
        made.name = fields.name;
        made.sealed_token = seal_git_token(sealing_key, made, *fields.personal_access_token);
        // The first of a provider is the one that runs use.
        made.is_default_for_provider =
            fields.is_default_for_provider.value_or(!db::has_default_git_credential(tx, user_name, made.git_provider));
        db::insert_git_credential(tx, made);
        return made;
    };
    const db::GitCredential made = co_await services.pool.run(write);
    co_return json_response(git_credential_json(made));
}

}  // namespace stoker::api::git_credentials
