#include "clusters/worker_launch.h"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

namespace stoker::clusters {
namespace {

TEST(WorkerLaunch, ComesBackAsItWasWritten) {
    WorkerLaunch launch;
    launch.worker_id = "w-1";
    launch.cluster_id = "1121-000000-abcdefgh";
    launch.generation = 7;
    launch.is_head = false;
    launch.head_is_near = true;
    launch.address = "10.0.0.6";
    launch.slots = 9;
    launch.limits = {.memory_mb = 512, .cores = 3};
    launch.limits_by = "slurm";
    launch.provider = kSlurmProvider;
    launch.python = "/environments/x/bin/python";
    launch.spark_conf = {{"spark.jars.packages", "a:b:1"}};
    char name[] = "/tmp/stoker-launch-XXXXXX";
    const int fd = ::mkstemp(name);
    ASSERT_GE(fd, 0);
    std::ofstream(name) << to_json(launch);
    const WorkerLaunch read = read_worker_launch(name);
    EXPECT_EQ(to_json(read), to_json(launch));
    EXPECT_EQ(read.python, launch.python);
    EXPECT_TRUE(read.head_is_near);
    EXPECT_EQ(read.address, launch.address);
    EXPECT_EQ(read.limits.memory_mb, 512);
    EXPECT_EQ(read.limits.cores, 3);
    EXPECT_EQ(read.provider, kSlurmProvider);
    EXPECT_EQ(read.spark_conf, launch.spark_conf);
    std::filesystem::remove(name);
}

TEST(WorkerLaunch, NamesTheFileThatIsWrong) {
    try {
        read_worker_launch("/nonexistent/launch.json");
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("/nonexistent/launch.json"), std::string::npos);
    }
}

}  // namespace
}  // namespace stoker::clusters
