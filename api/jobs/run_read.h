#pragma once
#include <chrono>
#include <optional>

#include <boost/asio/awaitable.hpp>

#include "api/http/authorize.h"
#include "api/http/request.h"
#include "api/services.h"
#include "api/wire/run_json.h"

namespace stoker::api {

/// A run as an endpoint found it.
struct ReadRun {
    db::FoundRun found;
    std::optional<db::TaskOutputRow> output;     // when asked for, and the only or named task run is over
    std::optional<std::chrono::seconds> waited;  // of `Prefer: wait`, when the request has it
};
enum class ReadOutput { kNo, kYes, kIfSingleTask };

/// Reads the run, authorized for the request's action, and waits for its end as far as `Prefer: wait` asks. Throws
/// ApiError for a run that does not exist; with kYes for one of several tasks, too.
boost::asio::awaitable<ReadRun> read_run(Services& services, Request& request, RunId run_id, ReadOutput output);

RunView run_view(const Services& services, const Request& request);
OwnedObject owned(const db::RunRow& run);
/// Says in the answer that the preference was applied.
void tell_waited(Response& response, std::chrono::seconds waited);

/// The answer of run-now and submit with `Prefer: wait`.
boost::asio::awaitable<Response> waited_answer(Services& services, Request& request, RunId run_id,
                                               std::int64_t number_in_job);

}  // namespace stoker::api
