#include "workers/spark_settings.h"

#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace stoker::workers {
namespace {

namespace fs = std::filesystem;

clusters::WorkerLaunch launch_of(int cores, int slots) {
    clusters::WorkerLaunch launch;
    launch.cores = cores;
    launch.slots = slots;
    launch.data_folder = "/data";
    launch.spark_conf = {{"spark.x", "y"}};
    return launch;
}

TEST(SparkSettings, WithoutAMasterNameNone) {
    const auto settings = spark_settings(launch_of(2, 2), {"/jars/a"}, std::nullopt, SparkShare::kWorker);
    EXPECT_EQ(settings["spark_conf"]["spark.x"], "y");
    EXPECT_EQ(settings["jars_folders"], nlohmann::json({"/jars/a"}));
    EXPECT_FALSE(settings.contains("master") || settings.contains("cores"));
}

TEST(SparkSettings, NameToExecutorsWhatTheyHaveOnTheirOwnNodes) {
    const ClusterSpark cluster{{"secret", "spark://10.0.0.5:1"}, "10.0.0.6", "/dbfs"};
    const auto settings = spark_settings(launch_of(2, 2), {"/data/jars/a"}, cluster, SparkShare::kWorker);
    EXPECT_EQ(settings["jars_folders"], nlohmann::json({"/data/jars/a"}));
    EXPECT_EQ(settings["executor_jars"], nlohmann::json({"../../../../jars/a"}));
    EXPECT_EQ(settings["address"], "10.0.0.6");
    EXPECT_EQ(settings["dbfs_root"], "/dbfs");
    EXPECT_TRUE(settings["warehouse"].get<std::string>().starts_with("dbfs:/tmp/"));
}

TEST(SparkSettings, LoopbacksAreWithinReachOnTheirOwnNodeOnly) {
    EXPECT_TRUE(is_within_reach("spark://127.0.0.1:7", spark_host(""), true));
    EXPECT_FALSE(is_within_reach("spark://127.0.0.1:7", spark_host(""), false));
    EXPECT_FALSE(is_within_reach("spark://127.0.0.1:7", "10.0.0.6", false));
    EXPECT_FALSE(is_within_reach("spark://10.0.0.5:7", spark_host("::1"), false));
    EXPECT_TRUE(is_within_reach("spark://10.0.0.5:7", "10.0.0.6", false));
    EXPECT_TRUE(is_within_reach("spark://[fd00::5]:7", spark_host("fd00::6"), false));
}

TEST(SparkSettings, OfAllDriversAndRunsTogetherAskForWhatWorkersOffer) {
    for (const auto& [cores, slots] : {std::pair{2, 2}, {8, 2}, {2, 8}, {1, 1}, {4, 3}}) {
        const auto launch = launch_of(cores, slots);
        const ClusterSpark cluster{{"secret", "spark://h:1"}, "h", "/dbfs"};
        const int driver = spark_settings(launch, {}, cluster, SparkShare::kWorker)["cores"];
        const int run = spark_settings(launch, {}, cluster, SparkShare::kRun)["cores"];
        EXPECT_EQ(driver, cores);
        EXPECT_GE(run, 1);
        EXPECT_LE(driver + slots * run, offered_cores(launch));
    }
}

TEST(SparkSettings, SayWhetherDeltaLakeIsAmongTheJars) {
    std::string pattern = (fs::temp_directory_path() / "jars-XXXXXX").string();
    const fs::path folder = mkdtemp(pattern.data());
    EXPECT_FALSE(spark_settings(launch_of(1, 1), {folder}, std::nullopt, SparkShare::kWorker)["delta_lake"]);
    std::ofstream(folder / "delta-spark_2.12-3.2.0.jar").close();
    EXPECT_TRUE(spark_settings(launch_of(1, 1), {folder}, std::nullopt, SparkShare::kWorker)["delta_lake"]);
    fs::remove_all(folder);
}

}  // namespace
}  // namespace stoker::workers
