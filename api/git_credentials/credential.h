#pragma once
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "api/http/request.h"
#include "core/error.h"
#include "core/json_reader.h"
#include "db/git_store.h"

namespace stoker::api {

/// What a request says of a credential; absent fields stay as they are.
struct GitCredentialFields {
    std::optional<std::string> git_provider;  // as the reference spells it
    std::optional<std::string> git_username;
    std::optional<std::string> git_email;
    std::optional<std::string> name;
    std::optional<std::string> personal_access_token;
    std::optional<bool> is_default_for_provider;
};
/// After check() of the body. Throws ApiError that names the field.
GitCredentialFields parse_git_credential(const JsonReader& body);

/// Of the path. Throws ApiError RESOURCE_DOES_NOT_EXIST for what cannot be one.
std::int64_t credential_id_of(const Request& request);
ApiError git_credential_does_not_exist(const std::string& credential_id);

/// Without its token.
nlohmann::json git_credential_json(const db::GitCredential& credential);

/// Throws ApiError FEATURE_DISABLED when the server has no sealing key.
std::string seal_git_token(const std::string& sealing_key, const db::GitCredential& credential,
                           const std::string& token);

}  // namespace stoker::api
