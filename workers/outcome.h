#pragma once
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "db/task_run_store.h"

namespace stoker::workers {

/// Why the worker itself ended a run's kernel.
enum class EndReason {
    kNone,           // it did not: the kernel ended by itself
    kCancelled,      // a user asked for it
    kTimedOut,       // timeout_seconds of the task
    kLeaseLost,      // somebody else may hold the task run: nothing is written
    kDriverDied,     // the Spark driver it was attached to is gone
    kWorkerStopped,  // the worker leaves and its grace is over
};

/// How a kernel ended, as far as it is known.
struct KernelEnd {
    std::optional<nlohmann::json> finished;  // its last frame
    std::optional<int> wait_status;          // absent: its zygote died with it
    std::string driver_failure;              // of kDriverDied: what the driver said of its end
    std::string worker_failure;              // of kWorkerStopped: what took the machine; "" = the cluster ends
    std::string memory_limit;                // that it was killed by, for a person; "" = not by one
};

/// What makes a run end before its user code begins, in the reference's words.
struct Refusal {
    std::string message;
    std::string termination_code;
    std::string termination_type = "CLIENT_ERROR";
    bool retryable = false;
    bool counts_against_limit = true;
};
Refusal notebook_not_found(const std::string& path);
/// `where` names repository and commit.
Refusal notebook_not_in_repository(const std::string& path, const std::string& where);
/// `why` is the last thing that git says.
Refusal checkout_failed(const std::string& why);
Refusal file_not_found(const std::string& path);
Refusal unknown_task_type(const nlohmann::json& task);
Refusal wrong_configuration(const std::string& message);
Refusal library_failed(const std::string& message);
/// No kernel could be had; not the fault of the job.
Refusal no_kernel(const std::string& message);

/// These leave run_id, lease_token and durations to the caller.
db::TaskRunOutcome outcome_of(const Refusal& refusal);
/// `reason` wins over how the kernel says it ended; the output that it delivered is kept either way.
db::TaskRunOutcome outcome_of(EndReason reason, const KernelEnd& end);

}  // namespace stoker::workers
