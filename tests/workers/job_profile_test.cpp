#include "workers/job_profile.h"

#include <gtest/gtest.h>

namespace stoker::workers {
namespace {

using Names = std::set<std::string>;

TEST(UsageInSource, FindsImports) {
    const Usage usage = usage_in_source(
        "# Databricks notebook source\nimport json, pandas as pd\n  from mlflow.pyfunc import load_model\nimportant = "
        "1\n");
    EXPECT_EQ(usage.modules, (Names{"json", "pandas", "mlflow", "mlflow.pyfunc"}));
    EXPECT_FALSE(usage.spark);
}

TEST(UsageInSource, KnowsSparkByItsNames) {
    EXPECT_TRUE(usage_in_source("df = spark.range(3)").spark);
    EXPECT_TRUE(usage_in_source("rdd = sc.parallelize([1])").spark);
    EXPECT_TRUE(usage_in_source("spark.range(3)").modules.contains("pyspark.sql"));
    EXPECT_FALSE(usage_in_source("my_spark.x; disc.y; sparkle()").spark);
}

TEST(JobProfiles, RememberByTaskThenByNotebook) {
    JobProfiles profiles;
    Usage usage;
    usage.modules = {"numpy"};
    profiles.record({JobId{1}, "a", "/n"}, usage);
    EXPECT_EQ(profiles.expected({JobId{1}, "a", "/other"})->modules, Names{"numpy"});
    EXPECT_EQ(profiles.expected({JobId{2}, "a", "/n"})->modules, Names{"numpy"});
    EXPECT_FALSE(profiles.expected({JobId{2}, "a", "/other"}));
    profiles.record({JobId{1}, "a", "/n"}, Usage{});
    EXPECT_TRUE(profiles.expected({JobId{1}, "a", "/n"})->modules.empty());
}

TEST(JobProfiles, ForgetTheOldest) {
    JobProfiles profiles;
    for (int i = 0; i < 1500; ++i) profiles.record({JobId{i}, "a", "/n" + std::to_string(i)}, Usage{});
    EXPECT_FALSE(profiles.expected({JobId{0}, "a", "/n0"}));
    EXPECT_TRUE(profiles.expected({JobId{1499}, "a", "/n1499"}));
}

class ChooseZygote : public testing::Test {
  protected:
    Names none_, imports_{"numpy", "pandas"};
    ZygoteView lean_{&none_, std::nullopt, 30'000};
    ZygoteView with_imports_{&imports_, std::nullopt, 175'000};
    ZygoteView model_{&imports_, "model-a", 500'000};
    std::vector<ZygoteView> all_{lean_, with_imports_, model_};
};

TEST_F(ChooseZygote, TheLeanestForARunThatNeedsNothing) {
    EXPECT_EQ(choose_zygote(all_, Usage{}), 0u);
    EXPECT_EQ(choose_zygote(all_, Usage{{"json"}, {}, false}), 0u) << "no zygote holds json";
}

TEST_F(ChooseZygote, TheLeanestThatHoldsTheModules) {
    EXPECT_EQ(choose_zygote(all_, Usage{{"numpy", "json"}, {}, false}), 1u);
}

TEST_F(ChooseZygote, TheOneWithTheModel) {
    EXPECT_EQ(choose_zygote(all_, Usage{{}, {{"runs:/1/m", "model-a"}}, false}), 2u);
    EXPECT_EQ(choose_zygote(all_, Usage{{"numpy"}, {{"runs:/2/m", "model-b"}}, false}), 1u);
}

TEST_F(ChooseZygote, NeverAModelNobodyExpects) {
    const std::vector<ZygoteView> only_model{model_};
    EXPECT_EQ(choose_zygote(only_model, Usage{{"numpy"}, {}, false}), std::nullopt);
    EXPECT_EQ(choose_zygote({}, Usage{}), std::nullopt);
}

TEST_F(ChooseZygote, EquallySuitedMeansTheSameModelAndModules) {
    const Usage numpy{{"numpy"}, {}, false};
    EXPECT_TRUE(equally_suited(lean_, with_imports_, Usage{}));
    EXPECT_FALSE(equally_suited(lean_, with_imports_, numpy));
}

TEST(MayGrow, KeepsToTheNumberAndTheMemory) {
    const GrowthLimits limits{2, 1000};
    EXPECT_TRUE(may_grow(limits, 1, 3000, 500));
    EXPECT_FALSE(may_grow(limits, 2, 3000, 500));
    EXPECT_FALSE(may_grow(limits, 0, 1400, 500));
}

TEST(JobProfile, ThePoolFollowsTheRateAtWhichRunsTakeKernels) {
    const PoolLimits limits{2, 10};
    EXPECT_EQ(pool_size(limits, 0), 2u);
    EXPECT_EQ(pool_size(limits, 19), 2u);
    EXPECT_EQ(pool_size(limits, 100), 7u);
    EXPECT_EQ(pool_size(limits, 1000), 10u);
    EXPECT_EQ(pool_size({2, 1}, 1000), 2u);
}

}  // namespace
}  // namespace stoker::workers
