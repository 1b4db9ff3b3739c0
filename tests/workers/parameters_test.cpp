#include "workers/parameters.h"

#include <gtest/gtest.h>

namespace stoker::workers {
namespace {

using Json = nlohmann::json;

TextMap widgets(const char* task, const char* overriding = "null", const char* of_job = "null") {
    return widgets_of({Json::parse(task), Json::parse(overriding), Json::parse(of_job)});
}

TEST(Parameters, OfTheRunGoOverThoseOfTheTask) {
    EXPECT_EQ(widgets(R"({"notebook_task":{"base_parameters":{"a":"task","b":"task"}}})",
                      R"({"notebook_params":{"b":"run","c":"run"}})"),
              (TextMap{{"a", "task"}, {"b", "run"}, {"c", "run"}}));
}

TEST(Parameters, OfTheJobGoOverAllOthers) {
    EXPECT_EQ(widgets(R"({"notebook_task":{"base_parameters":{"a":"task"}}})", "null",
                      R"([{"name":"a","default":"d","value":"v"},{"name":"b","default":"d"}])"),
              (TextMap{{"a", "v"}, {"b", "d"}}));
}

TEST(Parameters, ValuesAreTexts) {
    EXPECT_EQ(widgets(R"({"notebook_task":{"base_parameters":{"n":1,"t":true,"x":null}}})"),
              (TextMap{{"n", "1"}, {"t", "true"}, {"x", ""}}));
}

TEST(Parameters, MayBeAbsent) {
    EXPECT_TRUE(widgets(R"({"notebook_task":{}})").empty());
}

}  // namespace
}  // namespace stoker::workers
