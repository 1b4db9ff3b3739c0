#include "api/wire/repair_json.h"

#include "api/wire/run_json.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

Json task_run_ids(const db::RunRow& run, std::int64_t repair_id) {
    Json ids = Json::array();
    for (const auto& task : run.tasks)
        if (task.repair_id == repair_id) ids.push_back(task.run_id.value);
    return ids;
}

/// The run as it stood when that repair (or the original run) had ended.
db::RunRow run_at(const db::RunRow& run, const db::RepairRow& repair) {
    db::RunRow then = run;
    then.start_time = repair.start_time;
    if (repair.repair_id == run.repair_id) return then;  // the newest: its end is the run's own
    then.end_time = repair.end_time;
    then.life_cycle_state = repair.life_cycle_state;
    then.result_state = repair.result_state;
    then.state_message = repair.state_message;
    then.termination_code = repair.termination_code;
    then.termination_type = repair.termination_type;
    then.user_cancelled_or_timedout = repair.user_cancelled_or_timedout;
    return then;
}
}  // namespace

Json repair_history(const db::RunRow& run, const std::vector<db::RepairRow>& repairs, ApiVersion version) {
    std::vector<db::RepairRow> items = repairs;
    if (items.empty()) {
        items.emplace_back();
        items.back().start_time = run.start_time;
    }
    Json history = Json::array();
    for (const db::RepairRow& repair : items) {
        const db::RunRow then = run_at(run, repair);
        Json item{{"type", repair.repair_id == 0 ? "ORIGINAL" : "REPAIR"},
                  {"start_time", then.start_time},
                  {"end_time", then.end_time},
                  {"state", state_json(then, version)},
                  {"status", status_json(then)},
                  {"task_run_ids", task_run_ids(run, repair.repair_id)}};
        if (repair.repair_id != 0) item["id"] = repair.repair_id;
        history.push_back(std::move(item));
    }
    return history;
}

}  // namespace stoker::api
