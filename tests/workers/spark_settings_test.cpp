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
    launch.spark_conf = {{"spark.x", "y"}};
    return launch;
}

TEST(SparkSettings, WithoutAMasterNameNone) {
    const auto settings = spark_settings(launch_of(2, 2), {"/jars/a"}, std::nullopt, SparkShare::kWorker);
    EXPECT_EQ(settings["spark_conf"]["spark.x"], "y");
    EXPECT_EQ(settings["jars_folders"], nlohmann::json({"/jars/a"}));
    EXPECT_FALSE(settings.contains("master") || settings.contains("cores"));
}

TEST(SparkSettings, OfAllDriversAndRunsTogetherAskForWhatWorkersOffer) {
    for (const auto& [cores, slots] : {std::pair{2, 2}, {8, 2}, {2, 8}, {1, 1}, {4, 3}}) {
        const auto launch = launch_of(cores, slots);
        const db::SparkMaster master{"secret", "spark://h:1"};
        const int driver = spark_settings(launch, {}, master, SparkShare::kWorker)["cores"];
        const int run = spark_settings(launch, {}, master, SparkShare::kRun)["cores"];
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
