#include "workers/outcome.h"

#include <csignal>
#include <cstring>

#include <sys/wait.h>

#include "core/json_depth.h"

namespace stoker::workers {
namespace {

using Json = nlohmann::json;

constexpr const char* kUserCodeFailed = "Workload failed, see run output for details";

db::TaskRunOutcome ended(const char* life_cycle_state, const char* result_state, const std::string& message,
                         const char* code, const char* type) {
    db::TaskRunOutcome outcome;
    outcome.life_cycle_state = life_cycle_state;
    outcome.result_state = result_state;
    outcome.state_message = message;
    outcome.termination_code = code;
    outcome.termination_type = type;
    return outcome;
}

db::TaskRunOutcome lost_with_infrastructure(const std::string& message) {
    auto outcome = ended("INTERNAL_ERROR", "FAILED", message, "DRIVER_ERROR", "INTERNAL_ERROR");
    outcome.retryable = true;
    outcome.counts_against_limit = false;
    return outcome;
}

std::optional<std::string> text(const Json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) return std::nullopt;
    return found->is_string() ? found->get<std::string>() : found->dump();
}

db::TaskRunOutcome user_code_failed(const std::string& message) {
    auto outcome = ended("TERMINATED", "FAILED", message, "RUN_EXECUTION_ERROR", "CLIENT_ERROR");
    outcome.retryable = true;
    return outcome;
}

/// Whatever user code may have written there.
bool flag(const Json& object, const char* name) {
    return object.value(name, Json()) == true;
}

/// nullopt: what readers could not parse.
std::optional<std::string> shallow_json(std::optional<std::string> json) {
    if (!json || is_deeper_than(*json, kDeepestJson) || !Json::accept(*json)) return std::nullopt;
    return json;
}

/// Output that the kernel delivered is kept, however the run ended.
void take_output(db::TaskRunOutcome& outcome, const Json& finished) {
    outcome.result = text(finished, "result");
    outcome.truncated = flag(finished, "truncated");
    outcome.error = text(finished, "error");
    outcome.error_trace = text(finished, "error_trace");
    outcome.notebook = shallow_json(text(finished, "notebook"));
    outcome.logs = text(finished, "logs");
    outcome.logs_truncated = flag(finished, "logs_truncated");
    const auto details = finished.find("details");
    if (details != finished.end() && details->is_object()) outcome.details = details->dump();
}

std::string signal_name(int signal) {
    const char* name = ::sigabbrev_np(signal);
    return name ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

std::string cause_of_death(const KernelEnd& end) {
    if (!end.wait_status) return "The Python process of the run was lost with its parent process.";
    const int status = *end.wait_status;
    if (!WIFSIGNALED(status)) {
        return "The Python process of the run exited with code " + std::to_string(WEXITSTATUS(status)) +
               " before it had reported the run's end.";
    }
    std::string cause = "The Python process of the run was ended by " + signal_name(WTERMSIG(status));
    if (!end.memory_limit.empty()) cause += ": out of memory, " + end.memory_limit;
    return cause + ".";
}

}  // namespace

Refusal notebook_not_found(const std::string& path) {
    return {"Unable to access the notebook \"" + path + "\" in the workspace", "RESOURCE_NOT_FOUND"};
}

Refusal notebook_not_in_repository(const std::string& path, const std::string& where) {
    return {"Unable to access the notebook \"" + path + "\" in " + where, "RESOURCE_NOT_FOUND"};
}

Refusal checkout_failed(const std::string& why) {
    return {"Failed to checkout Git repository: " + why, "REPOSITORY_CHECKOUT_FAILED", "CLIENT_ERROR", true};
}

Refusal file_not_found(const std::string& path) {
    return {"Unable to access the file \"" + path + "\" in the workspace", "RESOURCE_NOT_FOUND"};
}

Refusal unknown_task_type(const Json& task) {
    std::string name = "none";
    for (const auto& [field, value] : task.items()) {
        if (field.ends_with("_task")) name = field;
    }
    return wrong_configuration("This worker cannot run the task's type: " + name);
}

Refusal wrong_configuration(const std::string& message) {
    return {message, "INVALID_RUN_CONFIGURATION"};
}

Refusal library_failed(const std::string& message) {
    return {message, "LIBRARY_INSTALLATION_ERROR"};
}

Refusal no_kernel(const std::string& message) {
    return {message, "DRIVER_ERROR", "INTERNAL_ERROR", true, false};
}

db::TaskRunOutcome outcome_of(const Refusal& refusal) {
    auto outcome = ended("INTERNAL_ERROR", "FAILED", refusal.message, refusal.termination_code.c_str(),
                         refusal.termination_type.c_str());
    outcome.retryable = refusal.retryable;
    outcome.counts_against_limit = refusal.counts_against_limit;
    return outcome;
}

db::TaskRunOutcome outcome_of(EndReason reason, const KernelEnd& end) {
    db::TaskRunOutcome outcome;
    switch (reason) {
        case EndReason::kCancelled:
            outcome = ended("TERMINATED", "CANCELED", "Run cancelled.", "USER_CANCELED", "CLIENT_ERROR");
            outcome.user_cancelled_or_timedout = true;
            break;
        case EndReason::kTimedOut:
            outcome = ended("TERMINATED", "TIMEDOUT", "Run timed out.", "CANCELED", "CLIENT_ERROR");
            outcome.user_cancelled_or_timedout = true;
            outcome.retryable = true;
            break;
        case EndReason::kDriverDied:
            outcome =
                lost_with_infrastructure("The Spark driver stopped while the run was using it. " + end.driver_failure);
            break;
        case EndReason::kWorkerStopped:
            outcome = lost_with_infrastructure(end.worker_failure.empty()
                                                   ? "The cluster was stopped before the run had ended."
                                                   : "The run could not go on. " + end.worker_failure);
            break;
        case EndReason::kLeaseLost:
            break;  // nobody writes it
        case EndReason::kNone:
            if (!end.finished) {
                outcome = end.wait_status ? user_code_failed(cause_of_death(end))
                                          : lost_with_infrastructure(cause_of_death(end));
                if (end.wait_status) outcome.error = cause_of_death(end);
            } else if (end.finished->value("state", Json()) == "SUCCESS") {
                outcome = ended("TERMINATED", "SUCCESS", "", "SUCCESS", "SUCCESS");
            } else {
                outcome = user_code_failed(kUserCodeFailed);
            }
            break;
    }
    if (end.finished) take_output(outcome, *end.finished);
    return outcome;
}

}  // namespace stoker::workers
