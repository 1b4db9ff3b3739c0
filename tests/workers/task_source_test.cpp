#include "workers/task_source.h"

#include <gtest/gtest.h>

namespace stoker::workers {
namespace {

struct Case {
    const char* task;
    bool with_git_source;
    bool in_repository;
};

class TaskSource : public ::testing::TestWithParam<Case> {};

TEST_P(TaskSource, IsAsTheReferenceSays) {
    const Case& one = GetParam();
    EXPECT_EQ(is_in_repository(nlohmann::json::parse(one.task), one.with_git_source ? R"({"git_url":"u"})" : ""),
              one.in_repository)
        << one.task;
}

INSTANTIATE_TEST_SUITE_P(
    Types, TaskSource,
    ::testing::Values(Case{R"({"notebook_task":{"notebook_path":"a/b"}})", true, true},
                      Case{R"({"notebook_task":{"notebook_path":"a/b","source":"GIT"}})", true, true},
                      Case{R"({"notebook_task":{"notebook_path":"a/b","source":""}})", true, true},
                      Case{R"({"notebook_task":{"notebook_path":"/Users/a","source":"WORKSPACE"}})", true, false},
                      Case{R"({"notebook_task":{"notebook_path":"/Users/a"}})", true, false},
                      Case{R"({"notebook_task":{"notebook_path":"/Users/a"}})", false, false},
                      Case{R"({"spark_python_task":{"python_file":"a.py"}})", true, true},
                      Case{R"({"spark_python_task":{"python_file":"dbfs:/a.py"}})", true, false},
                      Case{R"({"spark_python_task":{"python_file":"file:/a.py"}})", true, false},
                      Case{R"({"spark_python_task":{"python_file":"a.py","source":"GIT"}})", false, true},
                      Case{R"({"sql_task":{"file":{"path":"q.sql"}}})", true, true},
                      Case{R"({"sql_task":{"file":{"path":"/q.sql","source":"WORKSPACE"}}})", true, false},
                      Case{R"({"sql_task":{"query":{"query_id":"1"}}})", true, false},
                      Case{R"({"dbt_task":{"commands":["dbt run"]}})", true, true},
                      Case{R"({"dbt_task":{"project_directory":"/p","source":"WORKSPACE"}})", true, false},
                      Case{R"({"python_wheel_task":{"package_name":"p"}})", true, false}));

}  // namespace
}  // namespace stoker::workers
