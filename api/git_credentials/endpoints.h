#pragma once
#include <span>

#include "api/http/router.h"

namespace stoker::api {

std::span<const Endpoint> git_credential_endpoints();

/// Access of users to Git providers, each user's own: nobody, admins among them, sees or changes those of others.
/// Tokens are never shown.
namespace git_credentials {
using Answer = boost::asio::awaitable<Response>;

Answer create(Services& services, Request& request);
Answer list(Services& services, Request& request);
Answer get(Services& services, Request& request);
Answer update(Services& services, Request& request);
Answer remove(Services& services, Request& request);
}  // namespace git_credentials

}  // namespace stoker::api
