#include "api/wire/run_now.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/job_parameters.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

std::string run_now_refusal(Json body) {
    body["job_id"] = 1;
    try {
        parse_run_now(body);
    } catch (const ApiError& error) {
        return error.what();
    }
    return "";
}

TEST(RunNow, ParameterRules) {
    EXPECT_EQ(run_now_refusal({{"jar_params", Json::array()},
                               {"python_params", Json::array()},
                               {"notebook_params", Json::object()},
                               {"job_parameters", {{"a", "b"}}}}),
              "");
    EXPECT_TRUE(run_now_refusal({{"notebook_params", {{"a", "b"}}}, {"jar_params", {"x"}}})
                    .starts_with("jar_params: cannot be combined"));
    EXPECT_TRUE(run_now_refusal({{"notebook_params", {{"a", "b"}}}, {"job_parameters", {{"a", "b"}}}})
                    .starts_with("job_parameters: "));
    EXPECT_TRUE(run_now_refusal({{"notebook_params", {{"a", std::string(10'000, 'x')}}}})
                    .starts_with("notebook_params: more than"));
    EXPECT_TRUE(run_now_refusal({{"python_params", {"\u00e9"}}}).starts_with("python_params: only ASCII"));
    EXPECT_TRUE(run_now_refusal({{"notebook_params", {"a"}}}).starts_with("notebook_params: expected a map"));
    EXPECT_TRUE(run_now_refusal({{"idempotency_token", std::string(65, 'x')}}).starts_with("idempotency_token: "));
    EXPECT_THROW(parse_run_now(Json::object()), ApiError);
}

TEST(RunNow, JobParametersAreResolved) {
    const Json settings{{"parameters", {{{"name", "day"}, {"default", "1"}}, {{"name", "x"}, {"default", "d"}}}}};
    EXPECT_EQ(resolved_job_parameters(settings, {{"day", "2"}, {"extra", "e"}}),
              (Json{{{"name", "day"}, {"default", "1"}, {"value", "2"}},
                    {{"name", "x"}, {"default", "d"}, {"value", "d"}},
                    {{"name", "extra"}, {"value", "e"}}}));
}

Json diamond() {
    const auto task = [](const char* key, std::vector<const char*> upstream) {
        Json one{{"task_key", key}, {"depends_on", Json::array()}};
        for (const char* name : upstream) one["depends_on"].push_back({{"task_key", name}});
        return one;
    };
    return {{"tasks", {task("a", {}), task("b", {"a"}), task("c", {"a"}), task("d", {"b", "c"})}}};
}

TEST(RunNow, OnlyTakesTasksAndWhatIsAroundThem) {
    using Keys = std::vector<std::string>;
    EXPECT_EQ(chosen_tasks({}, diamond()), Keys{});
    EXPECT_EQ(chosen_tasks({"b", "c"}, diamond()), (Keys{"b", "c"}));
    EXPECT_EQ(chosen_tasks({"+b"}, diamond()), (Keys{"b", "a"}));
    EXPECT_EQ(chosen_tasks({"b+"}, diamond()), (Keys{"b", "d"}));
    EXPECT_EQ(chosen_tasks({"+b+", "b"}, diamond()), (Keys{"b", "a", "d"}));
    try {
        chosen_tasks({"a", "+z"}, diamond());
        FAIL();
    } catch (const ApiError& error) {
        EXPECT_STREQ(error.what(), "only[1]: 'z' is not a task of the job.");
    }
}
}  // namespace
}  // namespace stoker::api
