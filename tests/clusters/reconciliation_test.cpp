#include "clusters/reconciliation.h"

#include <gtest/gtest.h>

namespace stoker::clusters {
namespace {

using Actions = std::vector<Action>;

LivingWorker head(std::int64_t generation = 2, bool stopping = false) {
    return {.worker_id = "head", .generation = generation, .is_head = true, .stopping = stopping};
}
LivingWorker given_up(LivingWorker worker) {
    worker.lost = true;
    return worker;
}
LivingWorker further(const std::string& id, std::int64_t generation = 2) {
    return {.worker_id = id, .generation = generation};
}
LivingWorker draining(const std::string& id, bool retiring = false) {
    return {.worker_id = id, .generation = 2, .draining = true, .retiring = retiring};
}

ClusterView view(const std::string& state, Preparation preparation, std::vector<LivingWorker> workers,
                 bool head_placed = false, int workers_placed = 0) {
    ClusterView cluster;
    cluster.state = state;
    cluster.generation = 2;
    cluster.head_placed = head_placed;
    cluster.workers_placed = workers_placed;
    cluster.preparation = preparation;
    cluster.workers = std::move(workers);
    return cluster;
}

struct Case {
    std::string name;
    ClusterView cluster;
    Actions expected;
};

ClusterView resting(ClusterView cluster) {
    cluster.resting = true;
    return cluster;
}
ClusterView hopeless(ClusterView cluster) {
    cluster.hopeless = true;
    return cluster;
}

LivingWorker ready(LivingWorker worker, const std::string& libraries) {
    worker.ready = true;
    worker.libraries = libraries;
    return worker;
}
ClusterView wants(const std::string& libraries, ClusterView cluster) {
    cluster.libraries = libraries;
    return cluster;
}

class Decide : public testing::TestWithParam<Case> {};

TEST_P(Decide, names_what_can_be_done_now) {
    EXPECT_EQ(decide(GetParam().cluster), GetParam().expected);
}

constexpr auto kNone = Preparation::kNone;
constexpr auto kRunning = Preparation::kRunning;
constexpr auto kDone = Preparation::kDone;

INSTANTIATE_TEST_SUITE_P(
    Table, Decide,
    testing::Values(
        Case{"new_cluster", view("PENDING", kNone, {}, true), {Prepare{}}},
        Case{"other_nodes_start_the_rest", view("RUNNING", kDone, {further("a")}), {}},
        Case{"while_preparing", view("PENDING", kRunning, {}), {}},
        Case{"prepared",
             view("PENDING", kDone, {}, true, 2),
             {StartWorker{true}, StartWorker{false}, StartWorker{false}}},
        Case{"complete", view("RUNNING", kDone, {head(), further("a")}), {}},
        Case{"node_is_new", view("RUNNING", kNone, {}, false, 1), {Prepare{}}},
        Case{"head_died", view("RUNNING", kDone, {further("a")}, true), {StartWorker{true}}},
        Case{"worker_died", view("RUNNING", kDone, {head()}, false, 1), {StartWorker{false}}},
        Case{"told_to_leave", view("RUNNING", kDone, {head(), further("a"), draining("b")}), {RetireWorker{"b"}}},
        Case{"leaves", view("RUNNING", kDone, {head(), further("a"), draining("b", true)}), {}},
        Case{"grows_while_one_leaves",
             view("RUNNING", kDone, {head(), draining("b", true)}, false, 1),
             {StartWorker{false}}},
        Case{"resting_after_early_death", resting(view("PENDING", kDone, {}, true)), {}},
        Case{"early_deaths_again_and_again", hopeless(view("PENDING", kDone, {}, true)), {GiveUp{}}},
        Case{"old_generation_first", view("PENDING", kDone, {head(1)}, true), {StopWorker{"head"}}},
        Case{"old_generation_stopping", view("PENDING", kDone, {head(1, true)}, true), {}},
        Case{"given_up_by_the_database", view("RUNNING", kDone, {given_up(head())}), {StopWorker{"head"}}},
        Case{"other_libraries_while_preparing", wants("[six]", view("RUNNING", kRunning, {ready(head(), "[]")})), {}},
        Case{"other_libraries",
             wants("[six]", view("RUNNING", kDone, {ready(head(), "[]"), ready(further("a"), "[six]")})),
             {RenewWorker{"head"}}},
        Case{"other_libraries_of_one_that_starts", wants("[six]", view("PENDING", kDone, {head()})), {}},
        Case{"terminating", view("TERMINATING", kDone, {head(), further("a")}), {StopWorker{"head"}, StopWorker{"a"}}},
        Case{"terminating_drains", view("TERMINATING", kDone, {head(2, true)}), {}},
        Case{"terminating_empty", view("TERMINATING", kDone, {}), {DeclareDown{}}},
        Case{"terminating_in_preparation", view("TERMINATING", kRunning, {}), {CancelPreparation{}}},
        Case{"restarting", view("RESTARTING", kDone, {head(1)}), {StopWorker{"head"}}},
        Case{"restarting_empty", view("RESTARTING", kNone, {}), {DeclareDown{}}},
        Case{"asks_for_nothing", view("", kRunning, {head()}), {CancelPreparation{}, StopWorker{"head"}}},
        Case{"gone", view("", kNone, {}), {}}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace stoker::clusters
