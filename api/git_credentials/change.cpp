#include "api/git_credentials/credential.h"
#include "api/git_credentials/endpoints.h"
#include "api/services.h"
#include "core/json_reader.h"
#include "db/pool.h"

namespace stoker::api::git_credentials {
namespace {
/// nullopt: the user has no such credential.
std::optional<db::GitCredential> changed(db::Transaction& tx, std::int64_t credential_id, const std::string& user_name,
                                         const GitCredentialFields& fields, const std::string& sealing_key) {
    db::lock_git_credentials(tx, user_name);
    auto credential = db::find_git_credential(tx, credential_id, user_name);
    if (!credential) return credential;
    if (fields.git_provider) credential->git_provider = *fields.git_provider;
    if (fields.git_username) credential->git_username = fields.git_username;
    if (fields.git_email) credential->git_email = fields.git_email;
    if (fields.name) credential->name = fields.name;
    if (fields.personal_access_token)
        credential->sealed_token = seal_git_token(sealing_key, *credential, *fields.personal_access_token);
    if (fields.is_default_for_provider) credential->is_default_for_provider = *fields.is_default_for_provider;
    db::update_git_credential(tx, *credential);
    return credential;
}
}  // namespace

Answer update(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    const JsonReader body(request.parameters);
    const GitCredentialFields fields = parse_git_credential(body);
    const std::int64_t credential_id = credential_id_of(request);
    auto write = [credential_id, fields, user_name = request.principal.user_name,
                  sealing_key = services.settings.sealing_key](db::Transaction& tx) {
        return changed(tx, credential_id, user_name, fields, sealing_key).has_value();
    };
    const bool found = co_await services.pool.run(write);
    if (!found) throw git_credential_does_not_exist(std::to_string(credential_id));
    co_return json_response(nlohmann::json::object());
}

Answer remove(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    const std::int64_t credential_id = credential_id_of(request);
    auto write = [credential_id, user_name = request.principal.user_name](db::Transaction& tx) {
        return db::delete_git_credential(tx, credential_id, user_name);
    };
    const bool found = co_await services.pool.run(write);
    if (!found) throw git_credential_does_not_exist(std::to_string(credential_id));
    co_return json_response(nlohmann::json::object());
}

}  // namespace stoker::api::git_credentials
