#include <spdlog/spdlog.h>

#include "core/error.h"
#include "workers/task_runner.h"

// What a running notebook asks of its worker.
namespace stoker::workers {
namespace net = boost::asio;
using Json = nlohmann::json;

namespace {

// Of JSON text. The kernel tells the user so before it asks.
constexpr std::size_t kMostBytesOfTaskValue = 48 * 1024;

Json answer_to(const Json& question, Json fields) {
    fields["op"] = "answer";
    fields["id"] = question.value("id", Json());
    return fields;
}

Json agreement() {
    return {{"ok", true}};
}

Json refusal(const std::string& why) {
    return {{"ok", false}, {"error", why}};
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
    } else if (name == "outputs") {
        parts_.live_writer.add(*run, event.value("outputs", Json::array()));
    } else if (name == "ask" && what == "spark") {
        parts_.host.tasks.spawn("ask spark", answer_spark(run, event));
    } else if (name == "ask" && what == "notebook_run") {
        parts_.host.tasks.spawn("ask notebook_run", answer_notebook_run(run, event));
    } else if (name == "ask" && (what == "set_task_value" || what == "get_task_value")) {
        parts_.host.tasks.spawn("ask " + what, answer_task_value(run, event));
    } else if (name == "ask") {
        run->kernel->send(answer_to(event, refusal("This worker does not know about: " + what)));
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
        answer = refusal(error.what());
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
    const bool in_checkout = parent->checkout && parent->checkout->holds(path);
    const auto where = in_checkout ? db::CalledNotebook::kInCheckout : db::CalledNotebook::kInWorkspace;
    const auto work = [=](db::Transaction& tx) {
        return db::begin_workflow_run(tx, lease, path, arguments, timeout_seconds, lease_seconds, where);
    };
    db::ClaimedTaskRun claim = co_await parts_.pool.run(work);
    const auto child = std::make_shared<ActiveRun>(parts_.host.executor, std::move(claim), sent_at);
    child->called = true;
    if (in_checkout) child->checkout = parent->checkout;
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

net::awaitable<void> TaskRunner::answer_task_value(std::shared_ptr<ActiveRun> run, Json question) {
    Json answer;
    try {
        if (question.value("what", "") == "set_task_value") {
            answer = co_await set_task_value(run, question);
        } else {
            answer = co_await get_task_value(run, question);
        }
    } catch (const std::exception& error) {
        answer = refusal(error.what());
    }
    if (run->kernel) run->kernel->send(answer_to(question, std::move(answer)));
}

net::awaitable<Json> TaskRunner::set_task_value(std::shared_ptr<ActiveRun> run, Json question) {
    const std::string key = question.value("key", "");
    const std::string value = question.value("value", "");
    if (value.size() > kMostBytesOfTaskValue) co_return refusal("The value is too large.");
    const db::HeldLease lease = run->lease();
    const auto work = [=](db::Transaction& tx) { return db::set_task_value(tx, lease, key, value); };
    const bool held = co_await parts_.pool.run_statement(work);
    co_return held ? agreement() : refusal("The run is another worker's by now.");
}

net::awaitable<Json> TaskRunner::get_task_value(std::shared_ptr<ActiveRun> run, Json question) {
    const std::string task_key = question.value("task_key", "");
    const std::string key = question.value("key", "");
    const db::HeldLease lease = run->lease();
    const auto work = [=](db::Transaction& tx) { return db::get_task_value(tx, lease, task_key, key); };
    const std::optional<std::string> value = co_await parts_.pool.run_statement(work);
    Json answer = agreement();
    answer["found"] = value.has_value();
    if (value) answer["value"] = *value;
    co_return answer;
}

}  // namespace stoker::workers
