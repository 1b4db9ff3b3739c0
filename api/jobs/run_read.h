#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "api/http/authorize.h"
#include "api/http/request.h"
#include "api/jobs/run_reader.h"
#include "api/services.h"
#include "api/wire/run_json.h"

namespace stoker::api {

/// Says in the answer that the preference was applied.
void tell_waited(Response& response, std::chrono::seconds waited);

inline constexpr std::size_t kAnswersKept = 8;  // of a run

/// A run as an endpoint found it.
struct ReadRun {
    std::shared_ptr<const RunRecord> record;
    std::optional<std::chrono::seconds> waited;  // of `Prefer: wait`, when the request has it

    const db::FoundRun& found() const { return record->found; }
};
/// kJustBegun: the caller has begun the run a moment ago, so that looking at once would tell nothing.
enum class FirstLook { kNow, kJustBegun };

/// Reads the run, authorized for the request's action, and waits for its end as far as `Prefer: wait` asks. Throws
/// ApiError for a run that does not exist. `with_output`: also the output of the task run it means, if it means one.
boost::asio::awaitable<ReadRun> read_run(Services& services, const Request& request, RunId run_id, bool with_output,
                                         FirstLook first_look = FirstLook::kNow);

/// `render(record)`'s JSON as the answer, rendered once for a run that is over: `depends_on` names all else that goes
/// into it.
template <class Render>
Response answer_of(const ReadRun& run, const std::string& depends_on, Render render) {
    Response response;
    auto& answers = run.record->answers;
    if (const auto known = answers.find(depends_on); known != answers.end()) {
        response.body = known->second;
    } else {
        response = json_response(render(*run.record));
        if (is_over(run.found()) && answers.size() < kAnswersKept) answers.emplace(depends_on, response.body);
    }
    if (run.waited) tell_waited(response, *run.waited);
    return response;
}

RunView run_view(const Services& services, const Request& request);

/// Throws ApiError when the run that holds the idempotency token has been deleted: it is no answer to a repeated
/// request.
void refuse_deleted(db::Transaction& tx, const db::EnqueueResult& begun);

/// The answer of run-now and submit with `Prefer: wait`.
boost::asio::awaitable<Response> waited_answer(Services& services, Request& request, const db::EnqueueResult& begun);

}  // namespace stoker::api
