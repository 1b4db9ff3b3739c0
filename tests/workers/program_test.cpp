#include "workers/program.h"

#include <gtest/gtest.h>

#include "workers/run_refused.h"

namespace stoker::workers {
namespace {

using Json = nlohmann::json;

struct ProgramCase {
    const char* name;
    const char* task;
    const char* of_run;  // overriding_parameters
    const char* of_job;  // job_parameters
    const char* program;
};

constexpr const char* kJobParameters = R"([{"name":"day","default":"mon","value":"tue"},{"name":"b","default":"job"}])";

const ProgramCase kCases[] = {
    {"PythonFile", R"({"spark_python_task":{"python_file":"dbfs:/x.py","parameters":["a",1,""]}})", "null",
     kJobParameters, R"({"kind":"spark_python","path":"dbfs:/x.py","parameters":["a","1",""]})"},
    {"PythonFileOfRun", R"({"spark_python_task":{"python_file":"x.py","parameters":["a","b"]}})",
     R"({"python_params":["c"],"jar_params":["d"]})", "null",
     R"({"kind":"spark_python","path":"x.py","parameters":["c"]})"},
    {"PythonFileWithoutParameters", R"({"spark_python_task":{"python_file":"x.py"}})", "null", "null",
     R"({"kind":"spark_python","path":"x.py","parameters":[]})"},
    {"Wheel", R"({"python_wheel_task":{"package_name":"p","entry_point":"e","parameters":["a"]}})",
     R"({"python_params":["b","c"]})", kJobParameters,
     R"({"kind":"python_wheel","package_name":"p","entry_point":"e","parameters":["b","c"]})"},
    {"WheelNamed",
     R"({"python_wheel_task":{"package_name":"p","entry_point":"e","named_parameters":{"a":"1","b":"task"}}})",
     R"({"python_named_params":{"a":"2","c":"=3"},"python_params":["ignored"]})", kJobParameters,
     R"({"kind":"python_wheel","package_name":"p","entry_point":"e","parameters":["--a=2","--b=job","--c==3","--day=tue"]})"},
    {"WheelNamedByRun", R"({"python_wheel_task":{"package_name":"p","entry_point":"e"}})",
     R"({"python_named_params":{"a":"2"}})", "null",
     R"({"kind":"python_wheel","package_name":"p","entry_point":"e","parameters":["--a=2"]})"},
    {"WheelWithoutParameters", R"({"python_wheel_task":{"package_name":"p","entry_point":"e"}})", "null",
     kJobParameters, R"({"kind":"python_wheel","package_name":"p","entry_point":"e","parameters":[]})"},
    {"Jar", R"({"spark_jar_task":{"main_class_name":"a.B","parameters":["x"],"run_as_repl":true}})",
     R"({"jar_params":["y"]})", kJobParameters, R"({"kind":"spark_jar","main_class_name":"a.B","parameters":["y"]})"},
    {"Submit", R"({"spark_submit_task":{"parameters":["--class","a.B","dbfs:/x.jar"]}})", "null", "null",
     R"({"kind":"spark_submit","parameters":["--class","a.B","dbfs:/x.jar"]})"},
    {"SubmitOfRun", R"({"spark_submit_task":{"parameters":["x.py"]}})", R"({"spark_submit_params":["y.py"]})", "null",
     R"({"kind":"spark_submit","parameters":["y.py"]})"},
    {"Command", R"({"shell_command_task":{"command":["bash","-c","x"],"env_vars":{"A":"1","N":2}}})", "null", "null",
     R"({"kind":"shell_command","command":["bash","-c","x"],"env_vars":{"A":"1","N":"2"}})"},
    {"Sql", R"({"sql_task":{"warehouse_id":"w","file":{"path":"/q.sql"},"parameters":{"a":"1","b":"task"}}})",
     R"({"sql_params":{"a":"2"}})", kJobParameters,
     R"({"kind":"sql","path":"/q.sql","warehouse_id":"w","parameters":{"a":"2","b":"job","day":"tue"}})"},
    {"Dbt", R"({"dbt_task":{"commands":["dbt run"],"project_directory":"/p","schema":"s","warehouse_id":"w"}})",
     R"({"dbt_commands":["dbt test"]})", "null",
     R"({"kind":"dbt","commands":["dbt test"],"project_directory":"/p","profiles_directory":"","catalog":"","schema":"s",
         "warehouse_id":"w"})"},
};

class ProgramOf : public testing::TestWithParam<ProgramCase> {};

TEST_P(ProgramOf, ATask) {
    const ProgramCase& given = GetParam();
    const auto program = program_of({Json::parse(given.task), Json::parse(given.of_run), Json::parse(given.of_job)});
    ASSERT_TRUE(program);
    EXPECT_EQ(*program, Json::parse(given.program)) << program->dump();
}

INSTANTIATE_TEST_SUITE_P(Program, ProgramOf, testing::ValuesIn(kCases),
                         [](const auto& given) { return std::string(given.param.name); });

TEST(Program, ANotebookIsNone) {
    EXPECT_FALSE(program_of({Json::parse(R"({"notebook_task":{}})"), {}, {}}));
    EXPECT_FALSE(program_of({Json::parse(R"({"pipeline_task":{}})"), {}, {}}));
}

struct RefusedCase {
    const char* task;
    const char* named;
};

TEST(Program, WhatCannotBeRunIsNamed) {
    for (const auto& [task, named] :
         {RefusedCase{R"({"spark_jar_task":{"main_class_name":"A","jar_uri":"x"}})", "jar_uri"},
          RefusedCase{R"({"sql_task":{"query":{"query_id":"q"}}})", "sql_task"},
          RefusedCase{R"({"shell_command_task":{"command":[]}})", "command"}}) {
        try {
            program_of({Json::parse(task), {}, {}});
            FAIL() << task << " was not refused";
        } catch (const RunRefused& refused) {
            EXPECT_NE(refused.refusal().message.find(named), std::string::npos) << refused.refusal().message;
        }
    }
}

db::ClaimedTaskRun with_file(std::optional<std::string> content, const char* type = "FILE", const char* format = "") {
    db::ClaimedTaskRun claim;
    claim.source_path = "/x.py";
    claim.source_object_type = type;
    claim.source_format = format;
    claim.source_content = std::move(content);
    return claim;
}

TEST(Program, TheClaimedFileGoesWithIt) {
    for (const auto& claim : {with_file("print('ü')"), with_file("print('ü')", "NOTEBOOK", "SOURCE")}) {
        Json program = Json::object();
        add_content(program, claim);
        EXPECT_EQ(program["content"], "print('ü')");
    }
}

TEST(Program, WhatFramesCannotHoldIsLeftToTheKernel) {
    for (const auto& claim : {with_file("\xff"), with_file("{}", "NOTEBOOK", "JUPYTER"), db::ClaimedTaskRun()}) {
        Json program = Json::object();
        add_content(program, claim);
        EXPECT_FALSE(program.contains("content"));
    }
}

TEST(Program, AFileThatIsNotThereIsNamed) {
    Json program = Json::object();
    EXPECT_THROW(add_content(program, with_file(std::nullopt)), RunRefused);
}

TEST(Program, ARunIsExpectedToBeLikeTheLastOfTheSameProgram) {
    EXPECT_EQ(name_of_program({{"kind", "spark_python"}, {"path", "/x.py"}}), "spark_python:/x.py");
    EXPECT_EQ(name_of_program({{"kind", "python_wheel"}, {"package_name", "p"}, {"entry_point", "e"}}),
              "python_wheel:p:e");
    EXPECT_TRUE(usage_of_program({{"kind", "spark_python"}, {"content", "import pandas"}}).modules.contains("pandas"));
    EXPECT_TRUE(usage_of_program({{"kind", "sql"}}).spark);
    EXPECT_TRUE(usage_of_program({{"kind", "spark_jar"}}).modules.empty());
}

}  // namespace
}  // namespace stoker::workers
