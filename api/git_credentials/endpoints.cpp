#include "api/git_credentials/endpoints.h"

#include <array>

namespace stoker::api {
namespace {
constexpr Versions kVersions = Versions::k20;
constexpr std::array kEndpoints{
    Endpoint{"POST", "git-credentials", kVersions, Action::kCreate, git_credentials::create},
    Endpoint{"GET", "git-credentials", kVersions, Action::kList, git_credentials::list},
    Endpoint{"GET", "git-credentials/{credential_id}", kVersions, Action::kRead, git_credentials::get},
    Endpoint{"PATCH", "git-credentials/{credential_id}", kVersions, Action::kManage, git_credentials::update},
    Endpoint{"DELETE", "git-credentials/{credential_id}", kVersions, Action::kManage, git_credentials::remove},
};
}  // namespace

std::span<const Endpoint> git_credential_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
