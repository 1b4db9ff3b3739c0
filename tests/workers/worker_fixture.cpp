#include "tests/workers/worker_fixture.h"

#include <chrono>
#include <cstdlib>
#include <fstream>

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clusters/process.h"
#include "db/workspace_store.h"

namespace stoker::test {
namespace fs = std::filesystem;

namespace {
constexpr std::chrono::seconds kPatience{120};

std::string kernel_user() {
    if (::geteuid() != 0) return "";
    return ::getpwnam("stoker-kernel") ? "stoker-kernel" : "nobody";
}
}  // namespace

void WorkerTest::SetUp() {
    const char* python = std::getenv("STOKER_TEST_PYTHON");
    if (!python || !*python)
        FAIL() << "STOKER_TEST_PYTHON is not set: name a Python with IPython and pyspark, as deploy/test does";
    clusters::become_subreaper();
    folder_ = new_folder();
    fs::create_directories(folder_ / "dbfs");
    fs::permissions(folder_ / "dbfs", fs::perms::all);
    launch_.worker_id = kWorker;
    launch_.cluster_id = kCluster;
    launch_.cluster_name = "test";
    launch_.slots = 2;
    launch_.dsn_file = folder_ / "dsn";
    launch_.work_folder = folder_ / "work";
    launch_.dbfs_root = folder_ / "dbfs";
    launch_.python = python;
    launch_.kernel_path = fs::absolute("workers/kernel");
    launch_.data_folder = folder_;
    launch_.server_url = "http://127.0.0.1:1";
    launch_.kernel_user = kernel_user();
    launch_.spark = clusters::own_spark_versions().front();
    std::ofstream(launch_.dsn_file) << database.worker_dsn();
    for (const pid_t pid : clusters::descendants(::getpid())) known_.insert(pid);  // Postgres
    sql.run("UPDATE workers SET state = 'STARTING'");
    std::vector<std::string> channels{std::string(db::kRunsChannel), std::string(db::kClustersChannel)};
    listener_ = std::make_unique<db::Listener>(
        io_.get_executor(), database.server_dsn(), channels, [](auto, const auto&) {}, [] {});
}

void WorkerTest::TearDown() {
    if (worker_pid_ > 0) {
        clusters::kill_tree(worker_pid_);
        end_strays();
    }
    listener_.reset();
    RunQueueTest::TearDown();
    if (!folder_.empty()) fs::remove_all(folder_);
}

void WorkerTest::start_worker(int lease_seconds, int drain_grace_seconds) {
    launch_worker(lease_seconds, drain_grace_seconds);
    wait_until([&] { return sql.one("SELECT state FROM workers") == "READY"; });
}

void WorkerTest::launch_worker(int lease_seconds, int drain_grace_seconds) {
    std::ofstream(folder_ / "launch.json") << to_json(launch_);
    clusters::SpawnRequest request;
    request.argv = {fs::read_symlink("/proc/self/exe").parent_path() / "test_worker", folder_ / "launch.json",
                    std::to_string(lease_seconds), std::to_string(drain_grace_seconds)};
    request.environ = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"STOKER_WORKER_SECRET", "hidden"}};
    worker_pid_ = clusters::spawn(request);
}

int WorkerTest::wait_for_worker() {
    const int process = clusters::open_pidfd(worker_pid_);
    pollfd waiting{process, POLLIN, 0};
    EXPECT_EQ(::poll(&waiting, 1, 60'000), 1) << "the worker does not leave";
    ::close(process);
    int status = 0;
    ::waitpid(worker_pid_, &status, 0);
    worker_pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int WorkerTest::end_strays() {
    return clusters::end_strays(known_);
}

void WorkerTest::put_notebook(const std::string& path, const std::string& source) {
    server.run_blocking([&](db::Transaction& tx) {
        db::make_directories(tx, "/Users", kUser, 1);
        db::WorkspaceObject notebook;
        notebook.path = path;
        notebook.object_type = "NOTEBOOK";
        notebook.language = "PYTHON";
        notebook.format = "SOURCE";
        notebook.creator_user_name = kUser;
        db::put_object(tx, notebook, "# Databricks notebook source\n" + source);
    });
}

RunId WorkerTest::run_notebook(const std::string& source, const std::function<void(db::JobTask&)>& change,
                               const std::string& overriding_parameters) {
    const std::string path = "/Users/notebook" + std::to_string(++notebooks_);
    put_notebook(path, source);
    db::JobTask made = task("only");
    made.source_path = path;
    made.definition = R"({"task_key":"only","notebook_task":{"notebook_path":")" + path +
                      R"(","base_parameters":{"text":"from base"}}})";
    if (change) change(made);
    auto asked = request(create(job({made})));
    asked.kernel_token = "kernel-token";
    asked.overriding_parameters = overriding_parameters;
    const RunId run_id = enqueue(asked).run_id;
    announce();
    return run_id;
}

void WorkerTest::announce() {
    db::notify(server, db::kReadyChannel, {kCluster});
}

void WorkerTest::wait_until(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
        const auto left = end - std::chrono::steady_clock::now();
        if (left.count() <= 0) throw std::runtime_error("what the test waits for does not happen");
        io_.restart();
        io_.run_one_for(std::min<std::chrono::steady_clock::duration>(left, std::chrono::milliseconds(200)));
    }
}

void WorkerTest::wait_for_end(RunId run_id) {
    wait_until([&] { return run(run_id).end_time != 0; });
}

std::string WorkerTest::result(RunId run_id) {
    return sql.one("SELECT result FROM task_outputs WHERE run_id = " + to_string(last_try(run_id, "only").run_id));
}

std::string WorkerTest::error(RunId run_id) {
    return sql.one("SELECT error FROM task_outputs WHERE run_id = " + to_string(last_try(run_id, "only").run_id));
}

void WorkerTest::request_cancel(RunId run_id) {
    std::vector<std::string> ids;
    for (const RunId id : cancel(run_id).cancelled_task_runs) ids.push_back(to_string(id));
    db::notify(server, db::kCancelChannel, ids);
}

void WorkerTest::make_pipe(const std::string& name) {
    ::mkfifo(shared_file(name).c_str(), 0666);
    fs::permissions(shared_file(name), fs::perms(0666));
}

std::string WorkerTest::read_pipe(const std::string& name) {
    std::ifstream pipe(shared_file(name));
    std::string line;
    std::getline(pipe, line);
    return line;
}

}  // namespace stoker::test
