#pragma once
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "api/wire/feed_position.h"
#include "db/live_output_store.h"
#include "db/run_store.h"

namespace stoker::api {

/// A run's life as server-sent events, in the words of the HTML standard. Each call gives the events that are new, as
/// text; "" when there are none. Every event has the feed's position as its id. States are those of the newest version.
///
/// state   {run_id, state, status}, of task runs also {task_key, attempt_number, iteration of a for-each}
/// output  {run_id, task_key, cell, output, and an nbformat output, of a stream the text that is new}
/// log     {run_id, task_key, text}: what a task prints that is no notebook
/// clear   {run_id, task_key, cell}: its outputs so far are void
/// result  {run_id, task_key, and what get-output tells, without logs}: the task run is over and all of it told
/// end     {run_id, state, status}: the run is over; the feed ends
class RunFeed {
  public:
    explicit RunFeed(FeedPosition from) : position_(std::move(from)) {}
    const FeedPosition& position() const { return position_; }

    std::string state(const db::RunRow& run);
    std::string state(const db::TaskRunRow& task);
    std::string live(const db::TaskRunRow& task, const db::LiveOutput& output);
    /// What is left of a notebook that is over: nbformat text.
    std::string rest_of_notebook(const db::TaskRunRow& task, const std::string& notebook);
    /// What is left of a log that is over; `logs` begins at the byte `start` of all that was printed.
    std::string rest_of_log(const db::TaskRunRow& task, const std::string& logs, std::int64_t start);
    /// The task run is done.
    std::string result(const db::TaskRunRow& task, const std::optional<db::TaskOutputRow>& output);
    std::string end(const db::RunRow& run);

  private:
    std::string event(std::string_view name, const nlohmann::json& data) const;
    std::string state_once(RunId run_id, nlohmann::json data);

    FeedPosition position_;
    std::map<RunId, nlohmann::json> told_states_;
};

/// Keeps an idle connection open.
inline constexpr std::string_view kFeedComment = ":\n\n";

}  // namespace stoker::api
