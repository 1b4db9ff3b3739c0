#include "clusters/gpus.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace stoker::clusters {
namespace {

TEST(Gpus, EachWorkerHasItsOwnAsLongAsTheyLast) {
    GpuShares shares({"0", "1", "2"});
    EXPECT_EQ(shares.deal("a", 1), "0");
    EXPECT_EQ(shares.deal("b", 2), "1,2");
    EXPECT_EQ(shares.deal("c", 1), "0") << "all are taken: shared with one that has the fewest beside it";
    EXPECT_EQ(shares.deal("d", 1), "1");
}

TEST(Gpus, WhatAWorkerHadIsDealtAgain) {
    GpuShares shares({"GPU-5e0d", "GPU-77aa"});
    EXPECT_EQ(shares.deal("a", 1), "GPU-5e0d");
    EXPECT_EQ(shares.deal("b", 1), "GPU-77aa");
    shares.take_back("b");
    shares.take_back("b");
    EXPECT_EQ(shares.deal("c", 1), "GPU-77aa");
    EXPECT_EQ(shares.deal("d", 9), "GPU-5e0d,GPU-77aa");
}

TEST(Gpus, AreThoseThatThisProcessMayUse) {
    ::setenv(kVisibleGpus, "2,5,", 1);
    EXPECT_EQ(gpus_of_machine(), (std::vector<std::string>{"2", "5"}));
    ::setenv(kVisibleGpus, "4,-1,5", 1);
    EXPECT_EQ(gpus_of_machine(), (std::vector<std::string>{"4"}));
    ::setenv(kVisibleGpus, "", 1);
    EXPECT_TRUE(gpus_of_machine().empty());
    ::unsetenv(kVisibleGpus);
}

}  // namespace
}  // namespace stoker::clusters
