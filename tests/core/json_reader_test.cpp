#include "core/json_reader.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace stoker {
namespace {
using Json = nlohmann::json;

template <class Action>
std::string refusal(Action action) {
    try {
        action();
    } catch (const ApiError& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInvalidParameterValue);
        return error.what();
    }
    return "";
}

TEST(JsonReader, TakesNumbersAndBooleansThatArriveAsText) {
    Json json = {{"job_id", "42"}, {"flag", "true"}};
    JsonReader reader(json);
    EXPECT_EQ(reader.integer("job_id"), 42);
    EXPECT_EQ(reader.optional_bool("flag"), true);
}

TEST(JsonReader, NullIsAbsent) {
    Json json = {{"name", nullptr}};
    JsonReader reader(json);
    EXPECT_FALSE(reader.has("name"));
    EXPECT_EQ(reader.optional_string("name"), std::nullopt);
    EXPECT_NE(refusal([&] { reader.string("name"); }).find("name"), std::string::npos);
}

TEST(JsonReader, NamesThePathOfWhatIsWrong) {
    Json json = {{"tasks", {{{"notebook_task", {{"notebook_path", 5.5}}}}}}};
    JsonReader reader(json);
    auto task = reader.objects("tasks").front().object("notebook_task");
    EXPECT_EQ(task.path_of("notebook_path"), "tasks[0].notebook_task.notebook_path");
    EXPECT_NE(refusal([&] { task.integer("notebook_path"); }).find("tasks[0].notebook_task.notebook_path"),
              std::string::npos);
}

TEST(JsonReader, RefusesTheWrongKind) {
    Json json = {{"tasks", "text"}, {"params", Json::array({1})}, {"big", 1.5}};
    JsonReader reader(json);
    EXPECT_NE(refusal([&] { reader.objects("tasks"); }), "");
    EXPECT_NE(refusal([&] { reader.string_map("params"); }), "");
    EXPECT_NE(refusal([&] { reader.integer("big"); }), "");
    Json list = Json::array();
    EXPECT_NE(refusal([&] { JsonReader reader_of_list(list); }), "");
}

TEST(JsonReader, MapsHoldTextWhateverTheValuesWere) {
    Json json = {{"params", {{"a", "x"}, {"b", 2}, {"c", true}}}};
    auto map = JsonReader(json).string_map("params");
    ASSERT_EQ(map.size(), 3u);
    EXPECT_EQ(map[1].second, "2");
    EXPECT_EQ(map[2].second, "true");
}

TEST(JsonReader, TellsTheFieldsNobodyAskedFor) {
    Json json = {{"job_id", 1}, {"jobid", 2}};
    JsonReader reader(json);
    reader.integer("job_id");
    EXPECT_EQ(reader.unread(), std::vector<std::string>{"jobid"});
}

}  // namespace
}  // namespace stoker
