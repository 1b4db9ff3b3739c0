#include "workers/outcome.h"

#include <csignal>

#include <gtest/gtest.h>

namespace stoker::workers {
namespace {

using Json = nlohmann::json;

std::string summary(const db::TaskRunOutcome& outcome) {
    return outcome.life_cycle_state + " " + outcome.result_state + " " + outcome.termination_code + " " +
           outcome.termination_type + (outcome.retryable ? " retryable" : "") +
           (outcome.counts_against_limit ? "" : " uncounted");
}

KernelEnd finished(const std::string& state) {
    KernelEnd end;
    end.finished = Json{{"state", state}, {"result", "value"}, {"error", nullptr}, {"notebook", "{}"}};
    end.wait_status = 0;
    return end;
}

TEST(Outcome, OfANotebookThatEnds) {
    const auto outcome = outcome_of(EndReason::kNone, finished("SUCCESS"));
    EXPECT_EQ(summary(outcome), "TERMINATED SUCCESS SUCCESS SUCCESS");
    EXPECT_EQ(outcome.result, "value");
    EXPECT_EQ(outcome.error, std::nullopt);
    EXPECT_EQ(outcome.notebook, "{}");
}

TEST(Outcome, OfAnEndThatUserCodeWroteHasNothingThatReadersCannotParse) {
    const std::string deep = std::string(200, '[') + std::string(200, ']');
    KernelEnd end = finished("SUCCESS");
    for (const std::string& notebook : {deep, std::string("{"), std::string()}) {
        end.finished = Json{{"state", "SUCCESS"}, {"notebook", notebook}, {"details", notebook}, {"truncated", 1}};
        const auto outcome = outcome_of(EndReason::kNone, end);
        EXPECT_EQ(summary(outcome), "TERMINATED SUCCESS SUCCESS SUCCESS");
        EXPECT_EQ(outcome.notebook, std::nullopt) << notebook;
        EXPECT_EQ(outcome.details, std::nullopt) << notebook;
        EXPECT_FALSE(outcome.truncated);
    }
    end.finished = Json{{"state", Json::array()}, {"details", {{"rows", 1}}}};
    EXPECT_EQ(outcome_of(EndReason::kNone, end).result_state, "FAILED");
    EXPECT_EQ(outcome_of(EndReason::kNone, end).details, R"({"rows":1})");
}

TEST(Outcome, OfUserCodeThatRaises) {
    const auto outcome = outcome_of(EndReason::kNone, finished("FAILED"));
    EXPECT_EQ(summary(outcome), "TERMINATED FAILED RUN_EXECUTION_ERROR CLIENT_ERROR retryable");
    EXPECT_EQ(outcome.state_message, "Workload failed, see run output for details");
}

TEST(Outcome, OfAKernelThatASignalEnds) {
    KernelEnd end;
    end.wait_status = SIGKILL;
    EXPECT_NE(outcome_of(EndReason::kNone, end).state_message.find("SIGKILL."), std::string::npos);
    end.memory_limit = "a worker of this node type has 512 MB";
    EXPECT_NE(outcome_of(EndReason::kNone, end)
                  .state_message.find("SIGKILL: out of memory, a worker of this node type has 512 MB."),
              std::string::npos);
    EXPECT_EQ(summary(outcome_of(EndReason::kNone, end)),
              "TERMINATED FAILED RUN_EXECUTION_ERROR CLIENT_ERROR retryable");
    end.wait_status = 7 << 8;
    EXPECT_NE(outcome_of(EndReason::kNone, end).state_message.find("code 7"), std::string::npos);
}

TEST(Outcome, OfAKernelLostWithItsZygote) {
    EXPECT_EQ(summary(outcome_of(EndReason::kNone, KernelEnd{})),
              "INTERNAL_ERROR FAILED DRIVER_ERROR INTERNAL_ERROR retryable uncounted");
}

TEST(Outcome, OfACancelKeepsTheOutput) {
    const auto outcome = outcome_of(EndReason::kCancelled, finished("FAILED"));
    EXPECT_EQ(summary(outcome), "TERMINATED CANCELED USER_CANCELED CLIENT_ERROR");
    EXPECT_EQ(outcome.state_message, "Run cancelled.");
    EXPECT_TRUE(outcome.user_cancelled_or_timedout);
    EXPECT_EQ(outcome.notebook, "{}");
}

TEST(Outcome, OfATimeLimit) {
    const auto outcome = outcome_of(EndReason::kTimedOut, KernelEnd{});
    EXPECT_EQ(summary(outcome), "TERMINATED TIMEDOUT CANCELED CLIENT_ERROR retryable");
    EXPECT_TRUE(outcome.user_cancelled_or_timedout);
}

TEST(Outcome, OfADeadDriverDoesNotCount) {
    EXPECT_EQ(summary(outcome_of(EndReason::kDriverDied, KernelEnd{})),
              "INTERNAL_ERROR FAILED DRIVER_ERROR INTERNAL_ERROR retryable uncounted");
    KernelEnd end;
    end.driver_failure = "Its JVM ended.";
    EXPECT_TRUE(outcome_of(EndReason::kDriverDied, end).state_message.ends_with("Its JVM ended."));
}

TEST(Outcome, OfRefusals) {
    EXPECT_EQ(summary(outcome_of(notebook_not_found("/a"))), "INTERNAL_ERROR FAILED RESOURCE_NOT_FOUND CLIENT_ERROR");
    EXPECT_EQ(notebook_not_found("/a").message, "Unable to access the notebook \"/a\" in the workspace");
    const nlohmann::json task = {{"task_key", "a"}, {"pipeline_task", nlohmann::json::object()}};
    EXPECT_EQ(summary(outcome_of(unknown_task_type(task))),
              "INTERNAL_ERROR FAILED INVALID_RUN_CONFIGURATION CLIENT_ERROR");
    EXPECT_NE(unknown_task_type(task).message.find("pipeline_task"), std::string::npos);
    EXPECT_EQ(summary(outcome_of(library_failed("x"))),
              "INTERNAL_ERROR FAILED LIBRARY_INSTALLATION_ERROR CLIENT_ERROR");
}

}  // namespace
}  // namespace stoker::workers
