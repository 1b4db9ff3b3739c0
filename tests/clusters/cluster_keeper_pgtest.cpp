// The node's loop with a real database and real processes; the worker program is a script that behaves like one.
#include <fstream>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clusters/cluster_keeper.h"
#include "clusters/worker_launch.h"
#include "db/library_store.h"
#include "db/listener.h"
#include "tests/support/pg_database.h"
#include "tests/support/sql.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;
namespace net = boost::asio;
using namespace std::chrono_literals;

constexpr const char* kNode = "node-1";

/// The environment is there already: what is tested is what the node does with it.
std::string prebuilt_uv(const fs::path& folder) {
    fs::path file = folder / "uv";
    std::ofstream(file)
        << "#!/bin/sh\n"
           "case \"$1\" in\n"
           "venv) for last; do :; done; mkdir -p \"$last/bin\"; ln -s /usr/bin/python3 \"$last/bin/python\";;\n"
           "pip) case \"$*\" in *no-such-thing*) echo 'error: No solution found'; "
           "echo '  cause: Because no-such-thing was not found.'; exit 1;; esac;;\n"
           "esac\n";
    fs::permissions(file, fs::perms(0755));
    return file;
}

class ClusterKeeperTest : public testing::Test {
  protected:
    ClusterKeeperTest() {
        folder = test::new_folder();
        for (pid_t pid : descendants(getpid())) children.keep(pid);  // the test's Postgres
        become_subreaper();
        fs::create_directories(folder / "dbfs");
        worker_program("trap 'echo drained >> " + (folder / "seen").string() +
                       "; exit 0' TERM; setsid sleep 1000 & sleep 1000 & echo $$ > pid; wait");
        settings.node_id = kNode;
        settings.data_folder = folder;
        settings.dsn_file = folder / "worker_dsn";
        settings.dbfs_root = folder / "dbfs";
        settings.kernel_path = fs::absolute("workers/kernel");
        settings.uv = prebuilt_uv(folder);
        settings.drain_seconds = 30;
        pool.run_blocking([](db::Transaction& tx) { db::register_node(tx, {kNode, "localhost", "local", 2, 1000}); });
        keeper = std::make_unique<ClusterKeeper>(context.get_executor(), pool, system_clock(), children, settings,
                                                 folder / "stoker");
        listener.emplace(
            context.get_executor(), database.worker_dsn(), std::vector{std::string(db::kClustersChannel)},
            [this](std::string_view, const std::vector<std::string>&) { keeper->wake(); }, [this] { keeper->wake(); });
        net::co_spawn(context, keeper->run(), [this](std::exception_ptr) { over = true; });
    }
    ~ClusterKeeperTest() override {
        keeper->shut_down();
        run_until([&] { return over; });
        listener.reset();
        keeper.reset();
        children.end_strays();
        fs::remove_all(folder);
    }

    void worker_program(const std::string& script) {
        std::ofstream(folder / "stoker") << "#!/bin/sh\n" << script << "\n";
        fs::permissions(folder / "stoker", fs::perms(0755));
    }

    /// Runs the loop, event by event, until `condition` holds.
    bool run_until(const std::function<bool()>& condition) {
        auto deadline = std::chrono::steady_clock::now() + 60s;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            context.restart();
            context.run_one_for(50ms);
        }
        return true;
    }

    void make_pool(const std::string& id, int min_idle, int max_capacity = 5) {
        db::InstancePoolRow pool{.instance_pool_id = id, .instance_pool_name = id, .creator_user_name = "ann"};
        pool.spec = R"({"instance_pool_name":")" + id + R"(","node_type_id":"local.large","min_idle_instances":)" +
                    std::to_string(min_idle) + R"(,"max_capacity":)" + std::to_string(max_capacity) +
                    R"(,"idle_instance_autotermination_minutes":0})";
        server.run_blocking([&](db::Transaction& tx) { db::create_instance_pool(tx, pool); });
        db::notify(server, db::kClustersChannel, {id});
    }
    /// As the worker itself would say.
    void is_warm(const WorkerId& worker_id) {
        pool.run_blocking([&](db::Transaction& tx) { db::pool_instance_is_ready(tx, worker_id); });
    }
    void create(const std::string& cluster_id, const std::string& libraries = "[]", int num_workers = 0,
                const std::string& instance_pool_id = "") {
        db::NewCluster cluster;
        cluster.cluster_id = cluster_id;
        cluster.cluster_name = cluster_id;
        cluster.spec = R"({"spark_version":"15.4.x-scala2.12","spark_conf":{"a":"b"}})";
        if (!instance_pool_id.empty())
            cluster.spec = R"({"spark_version":"15.4.x-scala2.12","instance_pool_id":")" + instance_pool_id + "\"}";
        cluster.libraries = libraries;
        cluster.creator_user_name = "ann@example.com";
        cluster.num_workers = num_workers;
        server.run_blocking([&](db::Transaction& tx) { db::create_cluster(tx, cluster, 1); });
        db::notify(server, db::kClustersChannel, {cluster_id});
    }
    void want(const std::string& cluster_id, const std::string& libraries) {
        server.run_blocking([&](db::Transaction& tx) { db::set_cluster_libraries(tx, cluster_id, libraries); });
        db::notify(server, db::kClustersChannel, {cluster_id});
    }
    std::vector<std::string> living(const std::string& cluster_id) {
        return sql.column("SELECT worker_id FROM workers WHERE state <> 'GONE' AND cluster_id = '" + cluster_id +
                          "' ORDER BY is_head DESC, worker_id");
    }
    std::string state(const std::string& cluster_id) {
        return sql.one("SELECT state FROM clusters WHERE cluster_id = '" + cluster_id + "'");
    }
    WorkerLaunch launch_of(const WorkerId& worker_id) {
        return read_worker_launch(folder / "workers" / worker_id / "launch.json");
    }
    bool launched(const WorkerId& worker_id) { return fs::exists(folder / "workers" / worker_id / "launch.json"); }
    /// As the worker itself would say.
    void ready(const WorkerId& worker_id) {
        pool.run_blocking([&](db::Transaction& tx) { db::worker_is_ready(tx, worker_id, "{}"); });
    }
    /// By one worker that has come to life. One look: a worker may be gone at the next.
    bool followed(const std::string& cluster_id, const std::string& first) {
        const auto workers = living(cluster_id);
        return workers.size() == 1 && workers.front() != first && launched(workers.front());
    }
    std::string start_one(const std::string& cluster_id) {
        create(cluster_id);
        EXPECT_TRUE(run_until([&] {
            const auto workers = living(cluster_id);
            return workers.size() == 1 && pid_of(workers.front());
        }));
        std::string worker_id = living(cluster_id).front();
        ready(worker_id);
        return worker_id;
    }
    /// Postgres' processes come and go; ours are a shell and sleepers.
    static std::string command_of(pid_t pid) {
        std::ifstream stream("/proc/" + std::to_string(pid) + "/cmdline");
        return {(std::istreambuf_iterator<char>(stream)), {}};
    }
    std::vector<pid_t> our_descendants() {
        std::vector<pid_t> ours;
        for (pid_t pid : descendants(getpid())) {
            std::string command = command_of(pid);
            if (command.find("--launch") != std::string::npos || command.starts_with("sleep")) ours.push_back(pid);
        }
        return ours;
    }
    /// Written by the script once its sleepers run; 0 before.
    pid_t pid_of(const WorkerId& worker_id) {
        pid_t pid = 0;
        std::ifstream(folder / "workers" / worker_id / "pid") >> pid;
        return pid;
    }

    test::PgDatabase database;
    db::Pool pool{database.worker_dsn(), 2};
    db::Pool server{database.server_dsn(), 1};
    test::Sql sql{database.owner_dsn()};
    fs::path folder;
    NodeSettings settings;
    Children children;
    net::io_context context;
    std::unique_ptr<ClusterKeeper> keeper;
    std::optional<db::Listener> listener;
    bool over = false;
};

TEST_F(ClusterKeeperTest, starts_head_and_workers_with_what_the_definition_says) {
    create("c1", "[]", 2);
    ASSERT_TRUE(run_until([&] {
        auto workers = living("c1");
        return workers.size() == 3 &&
               std::all_of(workers.begin(), workers.end(), [&](auto& id) { return launched(id); });
    }));
    WorkerLaunch head = launch_of(living("c1").front());
    EXPECT_TRUE(head.is_head);
    EXPECT_FALSE(launch_of(living("c1").back()).is_head);
    EXPECT_EQ(head.cluster_name, "c1");
    EXPECT_EQ(head.spark.runtime, "15.4");
    EXPECT_EQ(head.spark_conf.at("a"), "b");
    EXPECT_TRUE(fs::exists(head.python)) << head.python;
    struct stat status {};
    stat((folder / "workers" / head.worker_id / "launch.json").c_str(), &status);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    ready(head.worker_id);
    EXPECT_EQ(state("c1"), "RUNNING");
}

TEST_F(ClusterKeeperTest, a_killed_worker_is_followed_and_what_it_left_is_ended) {
    std::string first = start_one("c1");
    pid_t pid = pid_of(first);
    ASSERT_GT(pid, 0);
    std::vector<pid_t> left = descendants(pid);
    ASSERT_EQ(left.size(), 2U);
    kill(pid, SIGKILL);
    ASSERT_TRUE(run_until([&] { return followed("c1", first); }));
    for (pid_t orphan : left) EXPECT_NE(kill(orphan, 0), 0) << "pid " << orphan << " lives";
    EXPECT_FALSE(fs::exists(folder / "workers" / first));
    EXPECT_EQ(state("c1"), "RUNNING");
}

TEST_F(ClusterKeeperTest, a_terminated_cluster_drains_its_workers_and_leaves_nothing) {
    start_one("c1");
    server.run_blocking([](db::Transaction& tx) { db::terminate_cluster(tx, "c1", R"({"code":"USER_REQUEST"})", 5); });
    db::notify(server, db::kClustersChannel, {"c1"});
    ASSERT_TRUE(run_until([&] { return state("c1") == "TERMINATED"; }));
    EXPECT_TRUE(living("c1").empty());
    EXPECT_TRUE(our_descendants().empty());
    std::ifstream seen(folder / "seen");
    std::string line;
    std::getline(seen, line);
    EXPECT_EQ(line, "drained");
}

TEST_F(ClusterKeeperTest, a_restarted_cluster_gets_workers_of_the_new_generation) {
    std::string first = start_one("c1");
    server.run_blocking([](db::Transaction& tx) { db::restart_cluster(tx, "c1", "ann@example.com", 5); });
    db::notify(server, db::kClustersChannel, {"c1"});
    ASSERT_TRUE(run_until([&] { return followed("c1", first); }));
    EXPECT_EQ(launch_of(living("c1").front()).generation, 2);
    ready(living("c1").front());
    EXPECT_EQ(state("c1"), "RUNNING");
}

TEST_F(ClusterKeeperTest, a_library_that_does_not_resolve_ends_the_cluster_naming_it) {
    create("bad", R"([{"pypi":{"package":"no-such-thing"}}])");
    create("good");
    ASSERT_TRUE(run_until([&] { return state("bad") == "TERMINATED" && living("good").size() == 1; }));
    EXPECT_EQ(sql.one("SELECT state_message FROM clusters WHERE cluster_id = 'bad'"),
              "Library installation failed: pypi package no-such-thing: Because no-such-thing was not found.");
    EXPECT_EQ(sql.one("SELECT termination_reason->>'code' FROM clusters WHERE cluster_id = 'bad'"), "INVALID_ARGUMENT");
}

TEST_F(ClusterKeeperTest, libraries_of_a_running_cluster_reach_its_workers_without_a_restart) {
    worker_program("trap 'grep -o six launch.json >> " + (folder / "seen").string() +
                   "' HUP; trap 'exit 0' TERM; sleep 1000 & echo $$ > pid; while :; do wait; done");
    std::string worker_id = start_one("c");
    want("c", R"([{"pypi": {"package": "six"}}])");
    ASSERT_TRUE(run_until([&] { return fs::exists(folder / "seen"); }));
    WorkerLaunch launch = launch_of(worker_id);
    EXPECT_EQ(launch.libraries, R"([{"pypi": {"package": "six"}}])");
    EXPECT_EQ(living("c"), std::vector<std::string>{worker_id});
    EXPECT_EQ(state("c"), "RUNNING");
}

TEST_F(ClusterKeeperTest, a_running_cluster_goes_on_without_a_library_that_fails) {
    worker_program(
        "trap 'echo renewed >> seen' HUP; trap 'exit 0' TERM; sleep 1000 & echo $$ > pid; while :; do wait; done");
    std::string worker_id = start_one("c");
    want("c", R"([{"pypi": {"package": "six"}}, {"pypi": {"package": "no-such-thing"}}])");
    ASSERT_TRUE(run_until([&] { return fs::exists(folder / "workers" / worker_id / "seen"); }));
    EXPECT_EQ(launch_of(worker_id).libraries, R"([{"pypi": {"package": "six"}}])");
    EXPECT_EQ(sql.one("SELECT library->'pypi'->>'package' || ': ' || message FROM cluster_libraries "
                      "WHERE status = 'FAILED'"),
              "no-such-thing: Library installation failed: pypi package no-such-thing: Because no-such-thing was not "
              "found.");
    EXPECT_EQ(living("c"), std::vector<std::string>{worker_id});
    EXPECT_EQ(state("c"), "RUNNING");
}

TEST_F(ClusterKeeperTest, a_warm_worker_of_a_pool_is_given_to_one_cluster_and_another_is_warmed_up) {
    worker_program(
        "trap 'echo handed over >> seen' HUP; trap 'exit 0' TERM; sleep 1000 & echo $$ > pid; "
        "while :; do wait; done");
    make_pool("00ff", 1);
    const auto warm = [&] { return sql.column("SELECT worker_id FROM pool_instances ORDER BY idle_since"); };
    ASSERT_TRUE(run_until([&] { return warm().size() == 1 && pid_of(warm().front()); }));
    const std::string first = warm().front();
    EXPECT_EQ(launch_of(first).cluster_id, "");
    is_warm(first);
    create("c1", "[]", 0, "00ff");
    ASSERT_TRUE(run_until([&] { return fs::exists(folder / "workers" / first / "seen"); }));
    EXPECT_EQ(living("c1"), std::vector<std::string>{first});
    EXPECT_EQ(launch_of(first).cluster_id, "c1");
    EXPECT_TRUE(warm().empty()) << "the machine is left to the cluster that starts";
    ready(first);
    ASSERT_TRUE(run_until([&] { return warm().size() == 1 && pid_of(warm().front()); }));
    const std::string second = warm().front();
    // Its libraries are none that the warm one has.
    is_warm(second);
    create("c2", R"([{"pypi":{"package":"six"}}])", 0, "00ff");
    ASSERT_TRUE(run_until([&] { return living("c2").size() == 1; }));
    EXPECT_NE(living("c2").front(), second);
    ready(living("c2").front());
    server.run_blocking([](db::Transaction& tx) { db::delete_instance_pool(tx, "00ff"); });
    db::notify(server, db::kClustersChannel, {"00ff"});
    ASSERT_TRUE(run_until([&] { return warm().empty(); }));
    EXPECT_EQ(living("c1"), std::vector<std::string>{first});
}

TEST_F(ClusterKeeperTest, a_cluster_beyond_its_pools_capacity_waits_and_says_so) {
    make_pool("00ff", 0, 1);
    create("c1", "[]", 0, "00ff");
    ASSERT_TRUE(run_until([&] { return living("c1").size() == 1; }))
        << sql.one("SELECT state || ' ' || state_message FROM clusters WHERE cluster_id = 'c1'");
    create("c2", "[]", 0, "00ff");
    ASSERT_TRUE(run_until([&] {
        return sql.one("SELECT state_message FROM clusters WHERE cluster_id = 'c2'") ==
               "instance pool \"00ff\" is used up: 1 of 1 instances are in use";
    }));
    EXPECT_TRUE(living("c2").empty());
    create("lost", "[]", 0, "ffff");
    ASSERT_TRUE(run_until([&] { return state("lost") == "TERMINATED"; }));
    EXPECT_EQ(sql.one("SELECT state_message FROM clusters WHERE cluster_id = 'lost'"),
              "instance pool ffff does not exist");
}

TEST_F(ClusterKeeperTest, a_definition_that_is_not_understood_ends_its_cluster_only) {
    create("good");
    create("strange");
    sql.run("UPDATE clusters SET spec = '{\"spark_version\":\"99.x\"}' WHERE cluster_id = 'strange'");
    ASSERT_TRUE(run_until([&] { return state("strange") == "TERMINATED" && living("good").size() == 1; }));
}

}  // namespace
}  // namespace stoker::clusters
