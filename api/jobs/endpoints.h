#pragma once
#include <span>

#include "api/http/router.h"

namespace stoker::api {

std::span<const Endpoint> job_endpoints();

namespace jobs {
using Answer = boost::asio::awaitable<Response>;

Answer create(Services& services, Request& request);
Answer get(Services& services, Request& request);
Answer list(Services& services, Request& request);
Answer remove(Services& services, Request& request);
Answer run_now(Services& services, Request& request);
Answer runs_submit(Services& services, Request& request);
Answer runs_get(Services& services, Request& request);
Answer runs_get_output(Services& services, Request& request);
Answer runs_export(Services& services, Request& request);
Answer runs_list(Services& services, Request& request);
Answer runs_cancel(Services& services, Request& request);
Answer runs_delete(Services& services, Request& request);
Answer update(Services& services, Request& request);
Answer reset(Services& services, Request& request);
Answer runs_cancel_all(Services& services, Request& request);
Answer runs_repair(Services& services, Request& request);
Answer get_permissions(Services& services, Request& request);
Answer set_permissions(Services& services, Request& request);
Answer update_permissions(Services& services, Request& request);
Answer permission_levels(Services& services, Request& request);
// Of Stoker's own.
Answer runs_outputs(Services& services, Request& request);
Answer run_batch(Services& services, Request& request);
/// Server-sent events, as api/wire/run_feed.h has them; goes on behind `Last-Event-ID`, or `last_event_id` of the query.
boost::asio::awaitable<void> runs_events(Services& services, Request& request, Exchange& exchange);
}  // namespace jobs

}  // namespace stoker::api
