#include "api/schema/git_credentials.h"

namespace stoker::api::schema {
namespace {
// The longest address of an e-mail account.
constexpr std::int64_t kMaxText = 320;
constexpr std::int64_t kMaxToken = 8192;

constexpr Field kProvider = text("git_provider").at_most(100).noted("as in git_source, in any case");
constexpr Field kToken = text("personal_access_token").at_most(kMaxToken).noted("stored sealed, never shown");
constexpr Field kUsername = text("git_username").at_most(kMaxText);
constexpr Field kEmail = text("git_email").at_most(kMaxText);
constexpr Field kName = text("name").at_most(kMaxText);
constexpr Field kDefault = boolean("is_default_for_provider").noted("runs use the default, else the newest");
constexpr Field kPrincipal =
    integer("principal_id").refused("service principals have no Git credentials of their own here.");

constexpr Field kCreateFields[] = {
    kProvider.required(), kToken.required(), kUsername, kEmail, kName, kDefault, kPrincipal};
constexpr Field kUpdateFields[] = {kProvider, kToken, kUsername, kEmail, kName, kDefault, kPrincipal};
constexpr Field kQueryFields[] = {kPrincipal};

constexpr Field kCredentialFields[] = {
    integer("credential_id").required(),
    text("git_provider").required(),
    boolean("is_default_for_provider").required(),
    kUsername,
    kEmail,
    kName,
};
constexpr Field kListFields[] = {objects("credentials", &kGitCredential).required()};
}  // namespace

constexpr Schema kGitCredential{"GitCredential", kCredentialFields};
constexpr Schema kGitCredentials{"GitCredentials", kListFields};
constexpr Schema kCreateGitCredential{"CreateGitCredential", kCreateFields};
constexpr Schema kUpdateGitCredential{"UpdateGitCredential", kUpdateFields};
constexpr Schema kGitCredentialQuery{"GitCredentialQuery", kQueryFields};

}  // namespace stoker::api::schema
