#include "core/json_depth.h"

#include <string>

#include <gtest/gtest.h>

namespace stoker {
namespace {

std::string nested(int levels) {
    return std::string(static_cast<std::size_t>(levels), '[') + std::string(static_cast<std::size_t>(levels), ']');
}

TEST(JsonDepth, CountsLevelsOutsideTexts) {
    EXPECT_FALSE(is_deeper_than("[[1], [2], {\"a\": [3]}]", 3));
    EXPECT_TRUE(is_deeper_than("[[1], [2], {\"a\": [3]}]", 2));
    EXPECT_FALSE(is_deeper_than(R"(["[[[[\"[[["])", 1));
}

TEST(JsonDepth, WhatIsTooDeepIsNotParsed) {
    EXPECT_EQ(parse_shallow(nested(kDeepestJson)), nlohmann::json::parse(nested(kDeepestJson)));
    EXPECT_TRUE(parse_shallow(nested(kDeepestJson + 1)).is_discarded());
    EXPECT_TRUE(parse_shallow(nested(1'000'000)).is_discarded());
    EXPECT_TRUE(parse_shallow("nonsense").is_discarded());
}

TEST(JsonDepth, CountsLevelsOfParsedJson) {
    const auto json = nlohmann::json::parse("[[1], {\"a\": [3]}]");
    EXPECT_FALSE(is_nested_deeper_than(json, 3));
    EXPECT_TRUE(is_nested_deeper_than(json, 2));
    EXPECT_FALSE(is_nested_deeper_than(1, 0));
    EXPECT_TRUE(is_nested_deeper_than(nlohmann::json::parse(nested(1'000'000)), kDeepestJson));
}

}  // namespace
}  // namespace stoker
