#include "workers/parameters.h"

#include <gtest/gtest.h>

namespace stoker::workers {
namespace {

using Widgets = std::map<std::string, std::string>;

TEST(Parameters, OfTheRunGoOverThoseOfTheTask) {
    EXPECT_EQ(widgets_of(R"({"notebook_task":{"base_parameters":{"a":"task","b":"task"}}})",
                         R"({"notebook_params":{"b":"run","c":"run"}})", ""),
              (Widgets{{"a", "task"}, {"b", "run"}, {"c", "run"}}));
}

TEST(Parameters, OfTheJobGoOverAllOthers) {
    EXPECT_EQ(widgets_of(R"({"notebook_task":{"base_parameters":{"a":"task"}}})", "",
                         R"([{"name":"a","default":"d","value":"v"},{"name":"b","default":"d"}])"),
              (Widgets{{"a", "v"}, {"b", "d"}}));
}

TEST(Parameters, ValuesAreTexts) {
    EXPECT_EQ(widgets_of(R"({"notebook_task":{"base_parameters":{"n":1,"t":true,"x":null}}})", "", ""),
              (Widgets{{"n", "1"}, {"t", "true"}, {"x", ""}}));
}

TEST(Parameters, MayBeAbsent) {
    EXPECT_TRUE(widgets_of(R"({"notebook_task":{}})", "", "").empty());
}

}  // namespace
}  // namespace stoker::workers
