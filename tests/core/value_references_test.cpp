#include "core/value_references.h"

#include <gtest/gtest.h>

namespace stoker {
namespace {
using Json = nlohmann::json;

const Json kValues = Json::parse(R"({
    "job": {"id": "7", "name": "nightly", "run_id": "1001", "repair_count": "2", "start_time": 1795217684123,
            "trigger_type": "RUN_JOB_TASK", "file_arrival_location": null,
            "parameters": {"day": "2026-11-20", "a-b": "dashed", "own": "run {{job.run_id}}", "loop": "{{job.parameters.loop}}"}},
    "task": {"name": "score", "run_id": "1002", "execution_count": "3", "attempt_number": 1, "notebook_path": "/Shared/n"},
    "tasks": {"load": {"run_id": "1003", "result_state": "success", "execution_count": 1, "rows": [{"n": "5", "name": "x"}],
                       "values": {"count": 12, "names": ["a", "b"], "deep": {"k": "v"}, "text": "plain"}}},
    "input": {"city": "Rome", "n": [1, 2]},
    "workspace": {"id": "42", "url": "https://h"}})");

struct Case {
    std::string text, resolved;
};

TEST(ValueReferences, AreReplacedByTheirText) {
    const std::vector<Case> cases{
        {"run {{job.run_id}} of {{ job.name }}", "run 1001 of nightly"},
        {"{{job.id}}{{job.repair_count}}", "72"},
        {"{{job.parameters.day}}", "2026-11-20"},
        {"{{job.parameters.`a-b`}}", "dashed"},
        {"{{job.parameters.own}}", "run 1001"},
        {"{{job.parameters.loop}}", "{{job.parameters.loop}}"},
        {"{{job.start_time.iso_date}}", "2026-11-20"},
        {"{{job.start_time.iso_datetime}}", "2026-11-20T23:34:44.123Z"},
        {"{{job.start_time.timestamp_ms}} {{job.start_time.hour}} {{job.start_time.is_weekday}}",
         "1795217684123 23 true"},
        {"{{job.start_time.iso_weekday}} {{job.start_time.day}} {{job.start_time.second}}", "5 20 44"},
        {"{{job.trigger.type}} {{job.trigger.time.year}}", "run_job 2026"},
        {"[{{job.trigger.file_arrival.location}}]", "[]"},
        {"{{task.name}} {{task.run_id}} {{task.execution_count}} {{task.notebook_path}}", "score 1002 3 /Shared/n"},
        {"{{tasks.load.result_state}} {{tasks.load.run_id}} [{{tasks.load.error_code}}]", "success 1003 []"},
        {"{{tasks.load.values.count}} {{tasks.load.values.text}}", "12 plain"},
        {"{{tasks.load.values.names}} {{tasks.load.values.deep.k}}", R"(["a","b"] v)"},
        {"{{tasks.load.output.rows}}", R"([{"n":"5","name":"x"}])"},
        {"{{tasks.load.output.first_row.n}}", "5"},
        {"[{{tasks.never_ran.result_state}}]", "[]"},
        {"{{input}}", R"({"city":"Rome","n":[1,2]})"},
        {"{{input.city}}{{input.n}}", "Rome[1,2]"},
        {"{{workspace.id}} {{workspace.url}}", "42 https://h"},
        // The forms of old.
        {"{{job_id}} {{run_id}} {{parent_run_id}} {{task_key}} {{task_retry_count}}", "7 1002 1001 score 1"},
        {"{{start_date}} {{start_time}}", "2026-11-20 1795217684123"},
        // What is no reference.
        {"{{secrets/scope/key}}", "{{secrets/scope/key}}"},
        {"{{ }} {{unknown}} {{other.name}} {{job.id", "{{ }} {{unknown}} {{other.name}} {{job.id"},
        {"{{a + b}} { {job.id}} {{{{job.id}}}}", "{{a + b}} { {job.id}} {{7}}"},
        {"{{job.`id}}", "{{job.`id}}"},
        {"plain", "plain"},
        {"", ""}};
    const ValueReferences references(kValues);
    for (const Case& one : cases) EXPECT_EQ(references.resolve(one.text), one.resolved) << one.text;
}

TEST(ValueReferences, WithoutAValueAreNamed) {
    const ValueReferences references(kValues);
    for (const std::string text : {"tasks.load.values.missing", "tasks.other.values.k", "job.parameters.none",
                                   "input.none", "tasks.load.output.first_row.none", "backfill.iso_datetime"})
        try {
            references.resolve("x {{" + text + "}}");
            ADD_FAILURE() << text;
        } catch (const UnresolvedReference& error) {
            EXPECT_NE(std::string(error.what()).find(text), std::string::npos);
        }
}

TEST(ValueReferences, AreReplacedEverywhereInAValue) {
    const Json value = Json::parse(R"({"{{job.id}}": ["{{job.id}}", {"a": "x{{job.id}}"}], "n": 5})");
    EXPECT_EQ(ValueReferences(kValues).resolve_all(value),
              Json::parse(R"({"{{job.id}}": ["7", {"a": "x7"}], "n": 5})"));
}

TEST(ValueReferences, OfAKnownNamespaceMustExist) {
    for (const std::string text :
         {"job.naem", "job.start_time", "job.start_time.hours", "job.parameters", "job.trigger.typ", "task.id",
          "tasks.a", "tasks.a.value.k", "tasks.a.output.first_row", "workspace.host"})
        EXPECT_EQ(unknown_reference("{{job.id}} {{" + text + "}}"), text);
    for (const std::string text :
         {"job.id", "a.b", "secrets/a/b", "job.parameters.x", "tasks.`my-task`.values.k", "input.a.b"})
        EXPECT_EQ(unknown_reference("{{" + text + "}}"), std::nullopt) << text;
}

TEST(ValueReferences, AreSeenInATask) {
    EXPECT_TRUE(has_references(R"({"a":"{{job.id}}"})"));
    EXPECT_FALSE(has_references(R"({"a":"{{secrets/a/b}} {{x}}"})"));
    EXPECT_EQ(referenced_tasks("{{tasks.a.values.k}} {{tasks.`b-c`.run_id}} {{tasks.a.run_id}} {{task.name}}"),
              (std::vector<std::string>{"a", "b-c"}));
}
}  // namespace
}  // namespace stoker
