#include "workers/task_inputs.h"

#include <gtest/gtest.h>

#include "workers/run_refused.h"

namespace stoker::workers {
namespace {

using Json = nlohmann::json;

db::ClaimedTaskRun claim_of(const std::string& definition, const std::string& values) {
    db::ClaimedTaskRun claim;
    claim.definition = definition;
    claim.reference_values = values;
    return claim;
}

const Json kWorkspace{{"id", "5"}, {"url", "http://stoker.example"}};
constexpr const char* kDefinition =
    R"({"task_key":"a","description":"{{job.id}}","spark_python_task":{"python_file":"/x/{{job.id}}.py","parameters":["{{tasks.b.values.k}}","{{no.such}}"]}})";

TEST(TaskInputs, ReferencesInTheTasksTypeAndInParametersAreReplaced) {
    auto claim = claim_of(kDefinition, R"({"job":{"id":"7"},"tasks":{"b":{"values":{"k":[1,2]}}}})");
    claim.overriding_parameters = R"({"python_params":["{{job.id}}"]})";
    claim.job_parameters =
        R"([{"name":"p","default":"d","value":"of {{job.id}} at {{workspace.url}}, {{workspace.id}}"}])";
    const TaskInputs inputs = inputs_of(claim, kWorkspace);
    EXPECT_EQ(inputs.task["description"], "{{job.id}}");
    EXPECT_EQ(inputs.task["spark_python_task"]["python_file"], "/x/7.py");
    EXPECT_EQ(inputs.task["spark_python_task"]["parameters"], Json({"[1,2]", "{{no.such}}"}));
    EXPECT_EQ(inputs.overriding_parameters["python_params"], Json({"7"}));
    EXPECT_EQ(inputs.job_parameters[0]["value"], "of 7 at http://stoker.example, 5");
}

TEST(TaskInputs, WithoutValuesTextsStayAsTheyAre) {
    const TaskInputs inputs = inputs_of(claim_of(kDefinition, ""), kWorkspace);
    EXPECT_EQ(inputs.task, Json::parse(kDefinition));
    EXPECT_TRUE(inputs.overriding_parameters.is_null() && inputs.job_parameters.is_null());
}

TEST(TaskInputs, AReferenceWithoutAValueIsNamed) {
    try {
        inputs_of(claim_of(kDefinition, R"({"job":{"id":"7"},"tasks":{}})"), kWorkspace);
        FAIL() << "nothing was refused";
    } catch (const RunRefused& refused) {
        EXPECT_NE(refused.refusal().message.find("{{tasks.b.values.k}}"), std::string::npos);
        EXPECT_EQ(refused.refusal().termination_code, "INVALID_RUN_CONFIGURATION");
    }
}

}  // namespace
}  // namespace stoker::workers
