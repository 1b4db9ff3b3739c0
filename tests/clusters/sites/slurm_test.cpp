#include "clusters/sites/slurm.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace stoker::clusters {
namespace {

class SlurmTest : public testing::Test {
  protected:
    Children children;
    Slurm slurm{children, {.node_id = "login|1", .data_folder = "/shared/stoker", .program = "/opt/stoker"}};

    static WorkerLaunch launch() {
        WorkerLaunch launch;
        launch.worker_id = "w-1";
        launch.cluster_id = "c-1";
        launch.limits = {.memory_mb = 4096, .cores = 3};
        launch.data_folder = "/shared/stoker";
        launch.work_folder = "/shared/stoker/workers/w-1";
        return launch;
    }
};

TEST_F(SlurmTest, SubmitsTheWorkerAsItsNodeTypeAndTheClusterSay) {
    EXPECT_EQ(slurm.submission(launch(), {.partition = "gpu", .account = "nlp", .further = {"--qos=high"}}),
              (std::vector<std::string>{"sbatch",
                                        "--parsable",
                                        "--job-name=stoker-w-1",
                                        "--comment=stoker node=login_1@/shared/stoker cluster=c-1",
                                        "--no-requeue",
                                        "--nodes=1",
                                        "--ntasks=1",
                                        "--cpus-per-task=3",
                                        "--mem=4096M",
                                        "--chdir=/shared/stoker/workers/w-1",
                                        "--output=/shared/stoker/logs/c-1.log",
                                        "--open-mode=append",
                                        "--partition=gpu",
                                        "--account=nlp",
                                        "--qos=high",
                                        "/shared/stoker/workers/w-1/job.sh",
                                        "/opt/stoker",
                                        "worker",
                                        "--launch",
                                        "/shared/stoker/workers/w-1/launch.json"}));
}

TEST_F(SlurmTest, NamesNeitherPartitionNorAccountUnlessTheClusterDoes) {
    const auto argv = slurm.submission(launch(), {});
    EXPECT_TRUE(std::ranges::none_of(argv, [](const std::string& argument) {
        return argument.starts_with("--partition") || argument.starts_with("--account") ||
               argument.starts_with("--gpus");
    }));
}

TEST_F(SlurmTest, AsksForTheProcessorsOfItsNodeTypeThatComputeGraphics) {
    WorkerLaunch with_gpus = launch();
    with_gpus.gpus = 2;
    EXPECT_EQ(std::ranges::count(slurm.submission(with_gpus, {}), "--gpus-per-node=2"), 1);
}

TEST_F(SlurmTest, ReadsItsOwnJobsAmongAllOthers) {
    const auto jobs = slurm.parse_jobs(
        "17|stoker-w-1|PENDING|0|stoker node=login_1@/shared/stoker cluster=c-1|Resources|\n"
        "18|stoker-w-2|FAILED|9|stoker node=login_1@/shared/stoker cluster=c-1|NonZeroExitCode|\n"
        "19|stoker-w-3|RUNNING|0|stoker node=login_1@/shared/stoker cluster=c-2|None|\n"
        "20|stoker-w-4|RUNNING|0|stoker node=login_1@/other/stoker cluster=c-2|None|\n"
        "21|stoker-w-5|RUNNING|0|stoker node=login_1@/shared/stoker-2 cluster=c-2|None|\n"
        "22|a|b|RUNNING|0|(null)|None|\n"
        "23|wrap|RUNNING|0|(null)|Nodes required for job are DOWN, DRAINED or reserved|\n"
        "garbage\n");
    ASSERT_EQ(jobs.size(), 3U);
    EXPECT_EQ(jobs[0].id, "17");
    EXPECT_EQ(jobs[0].worker_id, "w-1");
    EXPECT_EQ(jobs[0].state, "PENDING");
    EXPECT_EQ(jobs[0].reason, "Resources");
    EXPECT_EQ(jobs[0].phase, SiteJob::Phase::kWaiting);
    EXPECT_EQ(jobs[1].exit_code, 9);
    EXPECT_EQ(jobs[1].phase, SiteJob::Phase::kEnded);
    EXPECT_EQ(jobs[2].reason, "");
    EXPECT_EQ(jobs[2].phase, SiteJob::Phase::kRunning);
}

}  // namespace
}  // namespace stoker::clusters
