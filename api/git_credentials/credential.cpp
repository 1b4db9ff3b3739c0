#include "api/git_credentials/credential.h"

#include <algorithm>
#include <charconv>

#include "api/http/parameters.h"
#include "clusters/git_source.h"
#include "core/sealed_text.h"

namespace stoker::api {
namespace {
/// A line: the way to git is made of lines.
std::optional<std::string> read_line(const JsonReader& body, std::string_view field) {
    auto text = body.optional_string(field);
    if (text && std::ranges::any_of(*text, [](unsigned char c) { return c < ' ' || c == 0x7f; }))
        body.refuse(field, "holds a control character.");
    return text;
}
}  // namespace

GitCredentialFields parse_git_credential(const JsonReader& body) {
    GitCredentialFields fields;
    if (const auto sent = body.optional_string("git_provider")) {
        const auto provider = clusters::git_provider_of(*sent);
        if (!provider)
            body.refuse("git_provider",
                        "expected one of " + clusters::git_provider_names() + "; got '" + sent->substr(0, 100) + "'.");
        fields.git_provider = std::string(*provider);
    }
    fields.git_username = read_line(body, "git_username");
    fields.git_email = read_line(body, "git_email");
    fields.name = read_line(body, "name");
    fields.personal_access_token = read_line(body, "personal_access_token");
    if (fields.personal_access_token && fields.personal_access_token->empty())
        body.refuse("personal_access_token", "expected a token, got ''.");
    fields.is_default_for_provider = body.optional_bool("is_default_for_provider");
    return fields;
}

std::int64_t credential_id_of(const Request& request) {
    const std::string& sent = path_text(request, "credential_id");
    std::int64_t credential_id = 0;
    const auto [end, error] = std::from_chars(sent.data(), sent.data() + sent.size(), credential_id);
    if (error != std::errc{} || end != sent.data() + sent.size()) throw git_credential_does_not_exist(sent);
    return credential_id;
}

ApiError git_credential_does_not_exist(const std::string& credential_id) {
    return {ErrorCode::kResourceDoesNotExist, "Git credential " + credential_id.substr(0, 100) + " does not exist."};
}

nlohmann::json git_credential_json(const db::GitCredential& credential) {
    nlohmann::json json{{"credential_id", credential.credential_id},
                        {"git_provider", credential.git_provider},
                        {"is_default_for_provider", credential.is_default_for_provider}};
    if (credential.git_username) json["git_username"] = *credential.git_username;
    if (credential.git_email) json["git_email"] = *credential.git_email;
    if (credential.name) json["name"] = *credential.name;
    return json;
}

std::string seal_git_token(const std::string& sealing_key, const db::GitCredential& credential,
                           const std::string& token) {
    if (sealing_key.empty())
        throw ApiError(ErrorCode::kFeatureDisabled,
                       "Git credentials cannot be stored: this server was started without --sealing-key-file.");
    return seal_text(sealing_key, db::git_token_purpose(credential.credential_id, credential.user_name), token);
}

}  // namespace stoker::api
