#include "scheduler/condition.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace stoker::scheduler {
namespace {
struct Case {
    std::string op, left, right;
    std::optional<bool> holds;
};

TEST(Condition, ComparesTextsOrNumbersAsItsOperatorSays) {
    const std::vector<Case> cases{{"EQUAL_TO", "12.0", "12", false},
                                  {"EQUAL_TO", "a", "a", true},
                                  {"NOT_EQUAL", "12.0", "12", true},
                                  {"NOT_EQUAL", "", "", false},
                                  {"GREATER_THAN", "10", "9", true},
                                  {"GREATER_THAN", "10", "10.0", false},
                                  {"GREATER_THAN_OR_EQUAL", "12.0", "12", true},
                                  {"GREATER_THAN_OR_EQUAL", "10.0", "12", false},
                                  {"LESS_THAN", "-1e3", " 0 ", true},
                                  {"LESS_THAN", "+3", "2", false},
                                  {"LESS_THAN_OR_EQUAL", "2", "2", true},
                                  {"LESS_THAN", "two", "3", std::nullopt},
                                  {"GREATER_THAN", "3", "", std::nullopt},
                                  {"GREATER_THAN", "3 apples", "2", std::nullopt},
                                  {"BETWEEN", "1", "2", std::nullopt}};
    for (const Case& one : cases)
        EXPECT_EQ(compare(one.op, one.left, one.right), one.holds) << one.left << " " << one.op << " " << one.right;
}
}  // namespace
}  // namespace stoker::scheduler
