#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "api/services.h"
#include "core/ids.h"
#include "db/pool.h"
#include "db/run_store.h"
#include "db/task_run_store.h"

namespace stoker::api {

/// NOTIFY for what a committed transaction changed; nothing for an empty list. A NOTIFY that fails is made up for by
/// the sweeps, yet the request fails with it: the client sees that the database has gone.
boost::asio::awaitable<void> announce(Services& services, std::string_view channel, std::vector<std::string> ids);
boost::asio::awaitable<void> announce(Services& services, std::string_view channel, const std::vector<RunId>& run_ids);

/// What a cancel has changed, and what a repair has.
boost::asio::awaitable<void> announce(Services& services, db::CancelResult result);
boost::asio::awaitable<void> announce(Services& services, db::FinishResult result);
/// A trigger has changed.
boost::asio::awaitable<void> announce_to_scheduler(Services& services);

}  // namespace stoker::api
