#include "api/git_credentials/endpoints.h"

#include <array>

#include "api/schema/git_credentials.h"

namespace stoker::api {
namespace {
using namespace schema;  // what requests take and answers hold

constexpr Versions kVersions = Versions::k20;
constexpr std::array kEndpoints{
    Endpoint{"POST", "git-credentials", kVersions, Action::kCreate, git_credentials::create}.with(
        {"Stores a credential of the caller.", &kCreateGitCredential, &kGitCredential}),
    Endpoint{"GET", "git-credentials", kVersions, Action::kList, git_credentials::list}.with(
        {"The credentials of the caller.", &kGitCredentialQuery, &kGitCredentials}),
    Endpoint{"GET", "git-credentials/{credential_id}", kVersions, Action::kRead, git_credentials::get}.with(
        {"One credential of the caller.", &kGitCredentialQuery, &kGitCredential}),
    Endpoint{"PATCH", "git-credentials/{credential_id}", kVersions, Action::kManage, git_credentials::update}.with(
        {"Changes a credential.", &kUpdateGitCredential}),
    Endpoint{"DELETE", "git-credentials/{credential_id}", kVersions, Action::kManage, git_credentials::remove}.with(
        {"Deletes a credential.", &kGitCredentialQuery}),
};
}  // namespace

std::span<const Endpoint> git_credential_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
