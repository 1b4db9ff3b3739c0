#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>
#include <signal.h>

#include "core/sealed_text.h"
#include "db/git_store.h"
#include "db/principal_store.h"
#include "tests/support/git_server.h"
#include "tests/workers/worker_fixture.h"

namespace stoker::test {
namespace {
namespace fs = std::filesystem;
constexpr const char* kSealingKey = "a sealing key of the tests";

class GitTest : public WorkerTest {
  protected:
    void SetUp() override {
        WorkerTest::SetUp();
        if (HasFatalFailure()) return;  // there is no folder
        launch_.sealing_key_file = folder_ / "sealing_key";
        std::ofstream(launch_.sealing_key_file) << kSealingKey;
    }

    static db::JobTask git_task(const std::string& key, const std::string& path,
                                std::vector<std::string> depends_on = {}) {
        db::JobTask made = task(key, std::move(depends_on));
        made.source_path = "";
        made.definition = R"({"task_key":")" + key + R"(","notebook_task":{"notebook_path":")" + path + R"("}})";
        return made;
    }
    RunId run_git(const std::string& repository, std::vector<db::JobTask> tasks, const std::string& branch = "main") {
        db::NewJob made = job(std::move(tasks));
        made.settings = R"({"name":"job","git_source":{"git_provider":"gitHubEnterprise","git_url":")" +
                        git_.url(repository) + R"(","git_branch":")" + branch + "\"}}";
        auto asked = request(create(made));
        asked.kernel_token = "kernel-token";
        const RunId run_id = enqueue(asked).run_id;
        announce();
        return run_id;
    }
    RunId run_git(const std::string& repository, const std::string& path = "main") {
        return run_git(repository, {git_task("only", path)});
    }
    void store_credential(const std::string& token, const std::string& key = kSealingKey) {
        server.run_blocking([&](db::Transaction& tx) {
            db::ensure_user(tx, kUser, false, 1);
            db::GitCredential made;
            made.credential_id = db::next_git_credential_id(tx);
            made.user_name = kUser;
            made.git_provider = "gitHubEnterprise";
            made.git_username = GitServer::kUser;
            made.sealed_token = seal_text(key, db::git_token_purpose(made.credential_id, kUser), token);
            made.is_default_for_provider = true;
            db::insert_git_credential(tx, made);
        });
    }
    std::string commit_of(RunId run_id) {
        return sql.one("SELECT git_commit FROM runs WHERE run_id = " + to_string(run_id));
    }
    /// The task run's message, once it is over.
    std::string failure(RunId run_id) {
        wait_for_end(run_id);
        const auto tried = last_try(run_id, "only");
        EXPECT_EQ(state(tried), "INTERNAL_ERROR FAILED");
        return tried.termination_code.value_or("") + ": " + tried.state_message;
    }
    void write_pipe(const std::string& name) { std::ofstream(shared_file(name)) << "go\n"; }
    std::string python_path(const std::string& name) const { return "'" + shared_file(name).string() + "'"; }

    clusters::Children children_;
    GitServer git_{children_};
};

TEST_F(GitTest, ANotebookRunsFromTheCommitOfItsBranch) {
    const std::string commit =
        git_.commit("r.git", "main",
                    {{"jobs/main.py",
                      "# Databricks notebook source\nimport near, library.far, os\n"
                      "dbutils.notebook.exit([near.v, library.far.v, open('../top.txt').read(), "
                      "dbutils.notebook.entry_point.getDbutils().notebook().getContext().notebookPath().get()])"},
                     {"jobs/near.py", "v = 'near'"},
                     {"library/far.py", "v = 'far'"},
                     {"top.txt", "top"}});
    start_worker();
    const RunId run_id = run_git("r.git", "jobs/main");
    wait_for_end(run_id);
    std::string host = git_.url("r");
    host = host.substr(host.find("127"));
    EXPECT_EQ(result(run_id), "['near', 'far', 'top', '/Repos/.internal/" + host + "/jobs/main']") << error(run_id);
    EXPECT_EQ(commit_of(run_id), commit);
}

TEST_F(GitTest, ABranchThatMovesIsFollowedByTheNextRun) {
    const std::string first = git_.commit("r.git", "main", {{"main.py", "dbutils.notebook.exit('one')"}});
    start_worker();
    const RunId one = run_git("r.git");
    wait_for_end(one);
    const std::string second = git_.commit("r.git", "main", {{"main.py", "dbutils.notebook.exit('two')"}});
    const RunId two = run_git("r.git");
    wait_for_end(two);
    EXPECT_EQ(result(one) + " " + result(two), "one two");
    EXPECT_EQ(commit_of(one) + commit_of(two), first + second);
}

TEST_F(GitTest, ABranchThatMovesDuringARunIsNotFollowedByItsOtherTasksAndTries) {
    make_pipe("ready");
    make_pipe("go");
    git_.commit("r.git", "main",
                {{"first.py", "import os\nif not os.path.exists(" + python_path("tried") + "):\n    open(" +
                                  python_path("tried") + ", 'w').close()\n    open(" + python_path("ready") +
                                  ", 'w').write('ready\\n')\n    open(" + python_path("go") +
                                  ").read()\n    1 / 0\ndbutils.notebook.exit('old')"},
                 {"only.py", "dbutils.notebook.exit('old')"}});
    start_worker();
    db::JobTask retried = git_task("first", "first");
    retried.max_retries = 1;
    const RunId run_id = run_git("r.git", {retried, git_task("only", "only", {"first"})});
    EXPECT_EQ(read_pipe("ready"), "ready");
    git_.commit("r.git", "main",
                {{"first.py", "dbutils.notebook.exit('new')"}, {"only.py", "dbutils.notebook.exit('new')"}});
    write_pipe("go");
    wait_for_end(run_id);
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
    EXPECT_EQ(tries(run_id, "first").size(), 2u);
    EXPECT_EQ(sql.column("SELECT DISTINCT result FROM task_outputs WHERE result IS NOT NULL"),
              std::vector<std::string>{"old"});
}

TEST_F(GitTest, TasksThatBeginTogetherAskTheServerOnce) {
    git_.commit("r.git", "main", {{"main.py", "dbutils.notebook.exit('one')"}});
    launch_.slots = 8;
    start_worker();
    std::vector<db::JobTask> tasks;
    for (int i = 0; i < 8; ++i) tasks.push_back(git_task("t" + std::to_string(i), "main"));
    const RunId run_id = run_git("r.git", std::move(tasks));
    wait_for_end(run_id);
    EXPECT_EQ(state(run_id), "TERMINATED SUCCESS");
    const auto requests = git_.requests();
    EXPECT_EQ(std::ranges::count_if(
                  requests, [](const std::string& line) { return line.find("info/refs") != std::string::npos; }),
              2);  // of ls-remote and of the fetch
}

TEST_F(GitTest, NotebooksIncludeAndCallEachOtherInTheCheckout) {
    git_.commit(
        "r.git", "main",
        {{"jobs/main.py",
          "# Databricks notebook source\n# MAGIC %run ../lib/defs\n# COMMAND ----------\n"
          "dbutils.notebook.exit(dbutils.notebook.run('./child', 60, {'n': str(six)}))"},
         {"lib/defs.py", "six = 6"},
         {"jobs/child.py", "import beside\ndbutils.notebook.exit(beside.seven * int(dbutils.widgets.get('n')))"},
         {"jobs/beside.py", "seven = 7"}});
    start_worker();
    const RunId run_id = run_git("r.git", "jobs/main");
    wait_for_end(run_id);
    EXPECT_EQ(result(run_id), "42") << error(run_id);
    EXPECT_EQ(sql.number("SELECT count(DISTINCT git_commit) FROM runs"), 1);
    EXPECT_EQ(sql.number("SELECT count(*) FROM runs WHERE git_commit IS NULL"), 0);
    git_.commit("r.git", "main", {{"jobs/main.py", "dbutils.notebook.run('./missing', 60)"}});
    const RunId missing = run_git("r.git", "jobs/main");
    wait_for_end(missing);
    EXPECT_NE(error(missing).find("Unable to access the notebook"), std::string::npos) << error(missing);
}

TEST_F(GitTest, APythonFileRunsInItsFolderOfTheCheckout) {
    git_.commit("r.git", "main",
                {{"jobs/main.py",
                  "import os, sys, near, top\nprint(near.v, top.v, open('data.txt').read(), sys.argv[1:], "
                  "os.access('.', os.W_OK))"},
                 {"jobs/near.py", "v = 'near'"},
                 {"jobs/data.txt", "data"},
                 {"top.py", "v = 'top'"}});
    start_worker();
    db::JobTask made = git_task("only", "");
    made.definition = R"({"task_key":"only","spark_python_task":{"python_file":"jobs/main.py","parameters":["a"]}})";
    const RunId run_id = run_git("r.git", {made});
    wait_for_end(run_id);
    EXPECT_EQ(sql.one("SELECT logs FROM task_outputs WHERE run_id = " + to_string(last_try(run_id, "only").run_id)),
              "near top data ['a'] False\n");

    made.definition = R"({"task_key":"only","spark_python_task":{"python_file":"jobs/none.py"}})";
    const RunId missing = run_git("r.git", {made});
    wait_for_end(missing);
    EXPECT_NE(error(missing).find("jobs/none.py: there is no such file"), std::string::npos) << error(missing);
}

TEST_F(GitTest, SparkReadsFilesAndModulesOfTheCheckout) {
    git_.commit("r.git", "main",
                {{"main.py",
                  "import os, library.far\n"
                  "rows = spark.read.text('file:' + os.getcwd() + '/data/rows.txt')\n"
                  "dbutils.notebook.exit(rows.rdd.map(lambda row: library.far.twice(row.value)).collect())"},
                 {"data/rows.txt", "a\nb\n"},
                 {"library/far.py", "def twice(text):\n    return 2 * text"}});
    start_worker();
    const RunId run_id = run_git("r.git");
    wait_for_end(run_id);
    EXPECT_EQ(result(run_id), "['aa', 'bb']") << error(run_id);
}

TEST_F(GitTest, TheWorkspaceIsReadWhereATaskSaysSo) {
    git_.commit("r.git", "main", {{"main.py", "dbutils.notebook.exit('git')"}});
    start_worker();
    put_notebook("/Users/main", "dbutils.notebook.exit('workspace')");
    db::JobTask made = git_task("only", "/Users/main");
    made.source_path = "/Users/main";
    made.definition = R"({"task_key":"only","notebook_task":{"notebook_path":"/Users/main","source":"WORKSPACE"}})";
    const RunId run_id = run_git("missing.git", {made});
    wait_for_end(run_id);
    EXPECT_EQ(result(run_id), "workspace");
    EXPECT_EQ(commit_of(run_id), "");
    EXPECT_TRUE(git_.requests().empty());
}

TEST_F(GitTest, WhatCannotBeCheckedOutEndsTheTaskRunWithGitsWords) {
    git_.commit("r.git", "main", {{"main.py", "1"}});
    start_worker();
    const RunId branch = run_git("r.git", {git_task("only", "main")}, "deleted");
    EXPECT_EQ(failure(branch),
              "REPOSITORY_CHECKOUT_FAILED: Failed to checkout Git repository: there is no branch "
              "'deleted' in " +
                  git_.url("r.git"));
    EXPECT_EQ(commit_of(branch), "");
    EXPECT_NE(failure(run_git("missing.git")).find("/missing.git/' not found"), std::string::npos);
    EXPECT_EQ(failure(run_git("r.git", "missing")).substr(0, 18), "RESOURCE_NOT_FOUND");
}

TEST_F(GitTest, APrivateRepositoryIsReadWithTheCredentialOfWhoTheRunRunsAs) {
    git_.commit("private/r.git", "main", {{"main.py", "dbutils.notebook.exit('secret')"}});
    start_worker();
    EXPECT_NE(failure(run_git("private/r.git")).find("has no Git credential for gitHubEnterprise"), std::string::npos);
    store_credential("wrong");
    EXPECT_NE(failure(run_git("private/r.git")).find("Authentication failed"), std::string::npos);
    store_credential(GitServer::kToken, "another key");
    EXPECT_NE(failure(run_git("private/r.git")).find("another sealing key"), std::string::npos);
    store_credential(GitServer::kToken);
    const RunId run_id = run_git("private/r.git");
    wait_for_end(run_id);
    EXPECT_EQ(result(run_id), "secret") << last_try(run_id, "only").state_message;
}

TEST_F(GitTest, ANotebookReadsItsWorkersCheckoutsAndNothingElseOfGit) {
    git_.commit("r.git", "main",
                {{"main.py",
                  "import os\n"
                  "def refused(action):\n"
                  "    try:\n        action()\n    except OSError:\n        return True\n    return False\n"
                  "data = " +
                      std::string("'") + folder_.string() +
                      "/git'\n"
                      "dbutils.notebook.exit([refused(lambda: os.listdir(data)), refused(lambda: open('new', 'w')),\n"
                      "                       refused(lambda: os.chmod('main.py', 0o777)) or os.geteuid() == 0])"}});
    start_worker();
    const RunId run_id = run_git("r.git");
    wait_for_end(run_id);
    EXPECT_EQ(result(run_id), "[True, True, True]") << error(run_id);
}

TEST_F(GitTest, ACancelEndsACheckoutThatWaitsForItsServer) {
    start_worker();
    const RunId run_id = run_git("slow/r.git");
    wait_until([&] { return !git_.requests().empty(); });
    request_cancel(run_id);
    wait_for_end(run_id);
    EXPECT_EQ(state(run_id), "TERMINATED CANCELED");
}

TEST_F(GitTest, AWorkerThatLeavesHandsARunBackThatWaitsForItsCheckout) {
    start_worker();
    const RunId run_id = run_git("slow/r.git");
    wait_until([&] { return !git_.requests().empty(); });
    ::kill(worker_pid_, SIGTERM);
    EXPECT_EQ(wait_for_worker(), 0);
    EXPECT_EQ(state(last_try(run_id, "only")), "PENDING");
    EXPECT_EQ(end_strays(), 0);
}

}  // namespace
}  // namespace stoker::test
