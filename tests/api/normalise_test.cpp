#include "api/wire/normalise.h"

#include <gtest/gtest.h>

#include "api/schema/jobs.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

Json normalised_task(const char* type, const Json& task) {
    const Json settings{{"tasks", Json::array({Json{{"task_key", "t"}, {type, task}}})}};
    return normalised(settings, schema::kJobSettings)["tasks"][0][type];
}

TEST(Normalise, NumbersAndBooleansSentAsTextsAreStoredAsSuch) {
    const Json sent = Json::parse(R"({
        "max_concurrent_runs": "3", "timeout_seconds": 60.0, "queue": {"enabled": "true"},
        "trigger": {"periodic": {"interval": "5", "unit": "HOURS"}},
        "job_clusters": [{"job_cluster_key": "c", "new_cluster": {
            "num_workers": "2", "autoscale": {"min_workers": "1"}, "aws_attributes": {"first_on_demand": "1"}}}]})");
    const Json stored = normalised(sent, schema::kJobSettings);
    EXPECT_EQ(stored["max_concurrent_runs"], 3);
    EXPECT_TRUE(stored["timeout_seconds"].is_number_integer());
    EXPECT_EQ(stored["queue"]["enabled"], true);
    EXPECT_EQ(stored["trigger"]["periodic"]["interval"], 5);
    EXPECT_EQ(stored["job_clusters"][0]["new_cluster"]["num_workers"], 2);
    EXPECT_EQ(normalised_task("for_each_task", {{"inputs", "[1]"}, {"concurrency", "5"}})["concurrency"], 5);
}

TEST(Normalise, TextsOfUsersStayTexts) {
    const Json named{{"value", "007"}, {"enabled", "True"}, {"count", 3}, {"none", nullptr}};
    EXPECT_EQ(normalised_task("python_wheel_task", {{"named_parameters", named}})["named_parameters"],
              (Json{{"value", "007"}, {"enabled", "True"}, {"count", "3"}, {"none", ""}}));
    EXPECT_EQ(normalised_task("spark_python_task", {{"parameters", {"1", 2, true}}})["parameters"],
              Json::parse(R"(["1", "2", "true"])"));
    EXPECT_EQ(normalised_task("run_job_task", {{"job_id", "7"}, {"job_parameters", {{"job_id", "7"}}}}),
              (Json{{"job_id", 7}, {"job_parameters", {{"job_id", "7"}}}}));
}

TEST(Normalise, NullsAndUnknownFieldsAreLeftOut) {
    const Json stored = normalised({{"name", "j"}, {"description", nullptr}, {"colour", "red"}}, schema::kJobSettings);
    EXPECT_EQ(stored, (Json{{"name", "j"}}));
}
}  // namespace
}  // namespace stoker::api
