#include "clusters/node_fit.h"

#include <gtest/gtest.h>

namespace stoker::clusters {
namespace {

const NodeType kDemanding{.node_type_id = "rack.gpu",
                          .cores = 4,
                          .memory_mb = 16384,
                          .gpus = 1,
                          .labels = {{"disk", "nvme"}, {"rack", "a"}},
                          .must_fit = true};

Machine machine(int gpus, std::map<std::string, std::string> labels) {
    return {.cores = 4, .memory_mb = 16000, .gpus = gpus, .labels = std::move(labels)};
}

TEST(NodeFit, AMachineNeedsTheSizeTheGpusAndAllLabels) {
    EXPECT_TRUE(fits(kDemanding, machine(1, {{"disk", "nvme"}, {"rack", "a"}, {"row", "7"}})));
    EXPECT_FALSE(fits(kDemanding, machine(0, {{"disk", "nvme"}, {"rack", "a"}})));
    EXPECT_FALSE(fits(kDemanding, machine(2, {{"disk", "nvme"}})));
    EXPECT_FALSE(fits(kDemanding, machine(2, {{"disk", "nvme"}, {"rack", "b"}})));
    EXPECT_TRUE(is_large_enough(kDemanding, machine(2, {})));
}

TEST(NodeFit, WhatIsMissingIsNamed) {
    EXPECT_EQ(missing_labels(kDemanding, machine(1, {})), "disk=nvme, rack=a");
    EXPECT_EQ(missing_labels(kDemanding, machine(1, {{"disk", "nvme"}, {"rack", "b"}})), "rack=a");
    EXPECT_EQ(size_text(kDemanding), "4 cores, 16384 MB, 1 GPU");
    EXPECT_EQ(size_text(machine(0, {})), "4 cores, 16000 MB");
}

TEST(NodeFit, ANameOfACloudIsAWish) {
    NodeType wish = kDemanding;
    wish.must_fit = false;
    wish.labels.clear();
    EXPECT_TRUE(fits(wish, {.cores = 1, .memory_mb = 512}));
}

}  // namespace
}  // namespace stoker::clusters
