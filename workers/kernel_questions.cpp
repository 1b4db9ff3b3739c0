#include <spdlog/spdlog.h>

#include "core/error.h"
#include "workers/task_runner.h"

// What a running notebook asks of its worker.
namespace stoker::workers {
namespace net = boost::asio;
using Json = nlohmann::json;

namespace {

Json answer_to(const Json& question, Json fields) {
    fields["op"] = "answer";
    fields["id"] = question.value("id", Json());
    return fields;
}

/// What the caller of dbutils.notebook.run gets.
Json result_of(const std::optional<db::TaskRunOutcome>& outcome) {
    if (!outcome) return {{"ok", true}, {"error", "The called notebook's run was lost."}};
    if (outcome->result_state == "SUCCESS") return {{"ok", true}, {"result", outcome->result.value_or("")}};
    const std::string error = outcome->error.value_or(outcome->state_message);
    return {{"ok", true}, {"error", error.empty() ? outcome->result_state : error}};
}

}  // namespace

void TaskRunner::on_event(const std::shared_ptr<ActiveRun>& run, ZygoteTree& tree, const Json& event) {
    const std::string name = event.value("event", "");
    const std::string what = event.value("what", "");
    if (name == "model_wanted") {
        const ModelUse model{event.value("model_uri", ""), event.value("key", "")};
        tree.model_wanted(model, event.value("needs_spark", false), run_environ(parts_.host.launch, *run));
    } else if (name == "ask" && what == "spark") {
        parts_.host.tasks.spawn("ask spark", answer_spark(run, event));
    } else if (name == "ask" && what == "notebook_run") {
        parts_.host.tasks.spawn("ask notebook_run", answer_notebook_run(run, event));
    } else if (name == "ask") {
        run->kernel->send(answer_to(event, {{"ok", false}, {"error", "This worker does not know about: " + what}}));
    }
}

net::awaitable<void> TaskRunner::answer_spark(std::shared_ptr<ActiveRun> run, Json question) {
    const std::string kernel_id = run->kernel->id();
    Json answer = co_await parts_.driver.attach(kernel_id, "stoker-run-" + to_string(run->claim.run_id),
                                                question.value("seed_from", ""));
    if (run->kernel) run->kernel->send(answer_to(question, std::move(answer)));
}

net::awaitable<void> TaskRunner::answer_notebook_run(std::shared_ptr<ActiveRun> run, Json question) {
    Json answer;
    try {
        answer = co_await run_notebook(run, question);
    } catch (const std::exception& error) {
        answer = {{"ok", false}, {"error", error.what()}};
    }
    if (run->kernel) run->kernel->send(answer_to(question, std::move(answer)));
}

net::awaitable<Json> TaskRunner::run_notebook(std::shared_ptr<ActiveRun> parent, Json question) {
    const std::string path = question.value("path", "");
    const std::string arguments = question.value("arguments", Json::object()).dump();
    const int timeout_seconds = question.value("timeout_seconds", 0);
    const auto lease_seconds = static_cast<int>(parts_.host.settings.lease.count());
    const db::HeldLease lease = parent->lease();
    const auto sent_at = parts_.host.clock.monotonic();
    const auto work = [=](db::Transaction& tx) {
        return db::begin_workflow_run(tx, lease, path, arguments, timeout_seconds, lease_seconds);
    };
    db::ClaimedTaskRun claim = co_await parts_.pool.run(work);
    const auto child = std::make_shared<ActiveRun>(parts_.host.executor, std::move(claim), sent_at);
    child->called = true;
    parent->children.push_back(child);
    spdlog::info("notebook called run_id={} job_id={} parent_run_id={}", child->claim.run_id.value,
                 child->claim.job_id.value, parent->claim.run_id.value);
    // The caller may have been told to end, or have finished, while the database answered.
    if (parent->must_end() || parent->finishing || !parts_.runs.find(parent->claim.run_id)) {
        parts_.runs.end(*child, EndReason::kCancelled);
    }
    const auto outcome = co_await run(child);
    co_return result_of(outcome);
}

}  // namespace stoker::workers
