#include <gtest/gtest.h>

#include "api/wire/job_settings.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

Json stored() {
    return {{"name", "j"},
            {"timeout_seconds", 60},
            {"tags", {{"team", "x"}}},
            {"tasks",
             {{{"task_key", "a"}, {"notebook_task", {{"notebook_path", "/a"}}}, {"max_retries", 2}},
              {{"task_key", "b"}, {"notebook_task", {{"notebook_path", "/b"}}}}}},
            {"parameters", {{{"name", "day"}, {"default", "1"}}}}};
}

TEST(JobChange, SentFieldsReplaceStoredOnes) {
    const Json changed =
        changed_settings(stored(), {{"name", "k"}, {"tags", {{"owner", "y"}}}, {"timeout_seconds", nullptr}}, {});
    EXPECT_EQ(changed["name"], "k");
    EXPECT_EQ(changed["tags"], (Json{{"owner", "y"}}));
    EXPECT_EQ(changed["timeout_seconds"], 60);
    EXPECT_EQ(changed["tasks"], stored()["tasks"]);
}

TEST(JobChange, ItemsWithAKeyAreReplacedWholeOrAppended) {
    const Json a{{"task_key", "a"}, {"notebook_task", {{"notebook_path", "/new"}}}};
    const Json c{{"task_key", "c"}, {"notebook_task", {{"notebook_path", "/c"}}}};
    const Json changed = changed_settings(stored(), {{"tasks", {a, c}}}, {});
    EXPECT_EQ(changed["tasks"], (Json{a, stored()["tasks"][1], c}));
    const Json parameters =
        changed_settings(stored(), {{"parameters", {{{"name", "x"}, {"default", "2"}}}}}, {})["parameters"];
    EXPECT_EQ(parameters.size(), 2u);
}

TEST(JobChange, FieldsAreRemovedByNameOrByTheirKey) {
    Json changed =
        changed_settings(stored(), Json::object(), {"tags", "tasks/b", "parameters/day", "nothing", "tasks/z"});
    EXPECT_FALSE(changed.contains("tags"));
    EXPECT_FALSE(changed.contains("parameters"));
    ASSERT_EQ(changed["tasks"].size(), 1u);
    EXPECT_EQ(changed["tasks"][0]["task_key"], "a");
}

TEST(JobChange, FlatSettingsBecomeTasksWhenTasksAreSent) {
    const Json flat{{"name", "j"}, {"existing_cluster_id", "c"}, {"notebook_task", {{"notebook_path", "/a"}}}};
    EXPECT_FALSE(changed_settings(flat, {{"name", "k"}}, {}).contains("tasks"));
    const Json b{{"task_key", "b"}, {"existing_cluster_id", "c"}, {"notebook_task", {{"notebook_path", "/b"}}}};
    const Json changed = changed_settings(flat, {{"tasks", {b}}}, {});
    ASSERT_EQ(changed["tasks"].size(), 2u);
    EXPECT_EQ(changed["tasks"][0]["task_key"], "j");
    EXPECT_FALSE(changed.contains("notebook_task"));
}
}  // namespace
}  // namespace stoker::api
