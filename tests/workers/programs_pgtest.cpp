#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "db/workspace_store.h"
#include "tests/workers/worker_fixture.h"

namespace stoker::test {
namespace {

namespace fs = std::filesystem;

/// Tasks other than notebooks, from a job's row to the row of their output.
class ProgramsTest : public WorkerTest {
  protected:
    db::JobTask program(const std::string& key, const std::string& type, const std::string& source_path = "") {
        db::JobTask made = task(key);
        made.definition = R"({"task_key":")" + key + R"(",)" + type + "}";
        made.source_path = source_path;
        made.has_references = type.find("{{") != std::string::npos;
        return made;
    }

    RunId run_tasks(std::vector<db::JobTask> tasks, const std::string& overriding_parameters = "") {
        auto asked = request(create(job(std::move(tasks))));
        asked.kernel_token = "kernel-token";
        asked.overriding_parameters = overriding_parameters;
        const RunId run_id = enqueue(asked).run_id;
        announce();
        return run_id;
    }

    RunId run_program(const std::string& type, const std::string& source_path = "") {
        return run_tasks({program("only", type, source_path)});
    }

    void put_file(const std::string& path, const std::string& content) {
        server.run_blocking([&](db::Transaction& tx) {
            db::make_directories(tx, "/Users", kUser, 1);
            db::WorkspaceObject file;
            file.path = path;
            file.object_type = "FILE";
            file.creator_user_name = kUser;
            db::put_object(tx, file, content);
        });
    }

    std::string output(RunId run_id, const std::string& column, const std::string& key = "only") {
        const std::string run = to_string(last_try(run_id, key).run_id);
        return sql.one("SELECT coalesce((" + column + ")::text, '') FROM task_outputs WHERE run_id = " + run);
    }

    /// Waits for a success; what the task has printed.
    std::string logs(RunId run_id, const std::string& key = "only") {
        wait_for_end(run_id);
        EXPECT_EQ(state(last_try(run_id, key)), "TERMINATED SUCCESS") << last_try(run_id, key).state_message << "\n"
                                                                      << output(run_id, "error") << "\n"
                                                                      << output(run_id, "logs");
        return output(run_id, "logs", key);
    }
};

TEST_F(ProgramsTest, APythonFileOfTheWorkspaceGetsItsParametersAndThoseOfTheRun) {
    start_worker();
    put_file("/Users/job.py", "import os, sys\nprint(sys.argv[1:], 'MLFLOW_EXPERIMENT_NAME' in os.environ)\n");
    const std::string type =
        R"("spark_python_task":{"python_file":"/Workspace/Users/job.py","parameters":["{{task.name}}","é"]})";
    EXPECT_EQ(logs(run_program(type, "/Users/job.py")), "['only', 'é'] False\n");
    const RunId run_id = run_tasks({program("only", type, "/Users/job.py")}, R"({"python_params":["{{job.run_id}}"]})");
    EXPECT_EQ(logs(run_id), "['" + to_string(run_id) + "'] False\n");
}

TEST_F(ProgramsTest, WhatFailsIsTold) {
    start_worker();
    put_file("/Users/leaves.py", "print('before')\nraise SystemExit(0)\n");
    const RunId leaves = run_program(R"("spark_python_task":{"python_file":"/Users/leaves.py"})", "/Users/leaves.py");
    wait_for_end(leaves);
    EXPECT_EQ(state(last_try(leaves, "only")), "TERMINATED FAILED");
    EXPECT_EQ(output(leaves, "error") + "|" + output(leaves, "logs"), "SystemExit: 0|before\n");

    const RunId missing = run_program(R"("spark_python_task":{"python_file":"/Users/none.py"})", "/Users/none.py");
    wait_for_end(missing);
    EXPECT_EQ(last_try(missing, "only").state_message, "Unable to access the file \"/Users/none.py\" in the workspace");
    EXPECT_EQ(last_try(missing, "only").termination_code, "RESOURCE_NOT_FOUND");

    const RunId no_dbt = run_program(R"("dbt_task":{"commands":["dbt run"],"project_directory":"/x"})");
    wait_for_end(no_dbt);
    EXPECT_NE(output(no_dbt, "error").find("dbt-core is not installed"), std::string::npos);

    const RunId unresolved = run_program(R"("shell_command_task":{"command":["echo","{{tasks.none.values.k}}"]})");
    wait_for_end(unresolved);
    EXPECT_EQ(state(last_try(unresolved, "only")), "INTERNAL_ERROR FAILED");
    EXPECT_NE(last_try(unresolved, "only").state_message.find("{{tasks.none.values.k}}"), std::string::npos);
}

TEST_F(ProgramsTest, AnEntryPointOfAnInstalledPackageIsCalled) {
    start_worker();
    const RunId run_id = run_program(
        R"("python_wheel_task":{"package_name":"pygments","entry_point":"pygmentize","parameters":["-V"]})");
    EXPECT_EQ(logs(run_id).find("Pygments version "), 0u);
}

TEST_F(ProgramsTest, ACommandFindsDbfsAndAFolderOfItsOwnWhereTheyAreOnTheReference) {
    start_worker();
    if (::geteuid() == 0) {
        EXPECT_EQ(sql.one("SELECT isolation->>'dbfs_mounted' FROM workers"), "true");
    } else if (sql.one("SELECT isolation->>'dbfs_mounted' FROM workers") != "true") {
        GTEST_SKIP() << "mounts need root, or a user namespace and the folders /dbfs and /databricks";
    }
    EXPECT_EQ(logs(run_program(R"("shell_command_task":{"command":["bash","-c",
        "mkdir -p /databricks/mlflow/x && echo $A > /dbfs/from_command && ls -A /databricks && pwd"],
        "env_vars":{"A":"written"}})"))
                  .find("mlflow\n" + launch_.work_folder.string() + "/runs/"),
              0u);
    std::ifstream written(shared_file("from_command"));
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(written), {}), "written\n");
    const RunId notebook = run_notebook("dbutils.notebook.exit(open('/dbfs/from_command').read())");
    wait_for_end(notebook);
    EXPECT_EQ(result(notebook), "written\n") << error(notebook);
    // Not for the machine to see.
    EXPECT_FALSE(fs::exists("/dbfs/from_command") || fs::exists("/databricks/mlflow"));
}

TEST_F(ProgramsTest, ACommandThatTakesTooLongIsEnded) {
    start_worker();
    db::JobTask slow = program("only", R"("shell_command_task":{"command":["sleep","1000"]})");
    slow.timeout_seconds = 1;
    const RunId run_id = run_tasks({slow});
    wait_for_end(run_id);
    EXPECT_EQ(state(last_try(run_id, "only")), "TERMINATED TIMEDOUT");
}

TEST_F(ProgramsTest, ATaskReadsWhatOneBeforeItHasSet) {
    start_worker();
    put_notebook("/Users/sets",
                 "dbutils.jobs.taskValues.set('k', {'a': [1, 'ü']})\n"
                 "try:\n    dbutils.jobs.taskValues.set('nul', '\\0')\n"
                 "except RuntimeError as error:\n    dbutils.notebook.exit(str(error))\n");
    put_file("/Users/gets.py",
             "import sys\nget = dbutils.jobs.taskValues.get\n"
             "print(sys.argv[1], get('sets', 'k')['a'][1], get('sets', 'none', default=5))\n"
             "get('sets', 'none')\n");
    db::JobTask sets = program("sets", R"("notebook_task":{"notebook_path":"/Users/sets"})", "/Users/sets");
    db::JobTask gets = program(
        "gets", R"("spark_python_task":{"python_file":"/Users/gets.py","parameters":["{{tasks.sets.values.k.a}}"]})",
        "/Users/gets.py");
    gets.depends_on = {"sets"};
    gets.outcomes = {std::nullopt};
    const RunId run_id = run_tasks({sets, gets});
    wait_for_end(run_id);
    EXPECT_NE(output(run_id, "result", "sets").find("dbutils.jobs.taskValues: "), std::string::npos);
    EXPECT_EQ(output(run_id, "logs", "gets"), "[1,\"ü\"] ü 5\n") << output(run_id, "error", "gets");
    EXPECT_NE(output(run_id, "error", "gets").find("ValueError: No task value found for key none"), std::string::npos);
}

TEST_F(ProgramsTest, ALaterTaskRefersToWhatASqlFileLeaves) {
    start_worker();
    put_file("/Users/query.sql", "SELECT :day AS day, 41 + 1 AS answer");
    db::JobTask query = program(
        "query", R"("sql_task":{"warehouse_id":"w","file":{"path":"/Users/query.sql"},"parameters":{"day":"monday"}})",
        "/Users/query.sql");
    db::JobTask prints =
        program("prints", R"("shell_command_task":{"command":["echo","{{tasks.query.output.first_row.answer}}"]})");
    prints.depends_on = {"query"};
    prints.outcomes = {std::nullopt};
    const RunId run_id = run_tasks({query, prints}, R"({"sql_params":{"day":"tuesday"}})");
    EXPECT_EQ(logs(run_id, "prints"), "42\n");
    EXPECT_EQ(output(run_id, "details->'rows'", "query"), R"([{"day": "tuesday", "answer": "42"}])");
    EXPECT_EQ(output(run_id, "details #>> '{sql_output,query_output,sql_statements,0,lookup_key}'", "query"), "1");
}

TEST_F(ProgramsTest, AJarAmongTheLibrariesOfATaskRunsInAJvmOfItsOwn) {
    launch_.spark_conf = {{"spark.of.the.cluster", "its setting"}, {"spark.driver.memory", "512m"}};
    start_worker();
    const std::string make = "tests/kernel/example_jar/make " + launch_.python.string() + " ";
    ASSERT_EQ(std::system((make + shared_file("main.jar").string()).c_str()), 0);
    const RunId run_id = run_program(R"("spark_jar_task":{"main_class_name":"example.Main","parameters":["a b",""]},
        "libraries":[{"jar":"dbfs:/main.jar"}])");
    EXPECT_NE(logs(run_id).find("[a b][]\n"), std::string::npos);
    EXPECT_NE(logs(run_id).find("7 its setting local[*]\n"), std::string::npos);
}

}  // namespace
}  // namespace stoker::test
