#pragma once
#include <span>

#include "api/http/router.h"

namespace stoker::api {

/// The machines that host workers, for admins.
std::span<const Endpoint> node_endpoints();

namespace nodes {
using Answer = boost::asio::awaitable<Response>;

Answer list(Services& services, Request& request);
/// No new workers.
Answer cordon(Services& services, Request& request);
Answer uncordon(Services& services, Request& request);
/// No new workers, and those that are there leave once their runs have ended.
Answer drain(Services& services, Request& request);
Answer remove(Services& services, Request& request);

Answer create_token(Services& services, Request& request);
/// For nodes that joined, and nobody else: a connection to the catalog of tables, and a Git credential that a run of
/// theirs needs, opened.
boost::asio::awaitable<void> tables(Services& services, Request& request, Exchange& exchange);
Answer git_token(Services& services, Request& request);

Answer authorities(Services& services, Request& request);
/// For machines that have a token of create_token, and nothing else.
Answer join(Services& services, Request& request);
}  // namespace nodes

}  // namespace stoker::api
