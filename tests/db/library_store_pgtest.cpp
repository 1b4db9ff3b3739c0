#include <gtest/gtest.h>

#include "db/cluster_store.h"
#include "db/library_store.h"
#include "tests/support/factories.h"

namespace stoker::test {
namespace {
constexpr const char* kSix = R"({"pypi": {"package": "six"}})";
constexpr const char* kNone = R"({"pypi": {"package": "no-such"}})";

std::string array(std::initializer_list<std::string> libraries) {
    std::string text;
    for (const std::string& library : libraries) text += (text.empty() ? "" : ",") + library;
    return "[" + text + "]";
}

/// A running cluster with one worker.
class LibraryStoreTest : public RunQueueTest {
  protected:
    void want(const std::string& libraries) {
        server.run_blocking([&](db::Transaction& tx) { db::set_cluster_libraries(tx, kCluster, libraries); });
    }
    void are(const std::string& libraries, const std::string& status, std::int64_t generation = 1) {
        worker.run_blocking(
            [&](db::Transaction& tx) { db::libraries_are(tx, kCluster, generation, libraries, status); });
    }
    bool failed(const std::string& guilty, const std::string& message) {
        return worker.run_blocking(
            [&](db::Transaction& tx) { return db::libraries_failed(tx, kCluster, 1, guilty, message); });
    }
    void installed(const std::string& libraries, const WorkerId& worker_id = kWorker) {
        worker.run_blocking([&](db::Transaction& tx) { db::libraries_are_installed(tx, worker_id, libraries); });
    }
    /// "six INSTALLED, no-such FAILED why"
    std::string statuses() {
        std::string text;
        for (const auto& row : server.run_blocking(
                 [](db::Transaction& tx) { return db::library_statuses(tx, ClusterId(kCluster), std::nullopt); })) {
            std::string name = row.library == kSix ? "six" : row.library == kNone ? "no-such" : row.library;
            text += (text.empty() ? "" : ", ") + name + " " + row.status;
            if (!row.message.empty()) text += " " + row.message;
        }
        return text;
    }
    std::string to_install() {
        return worker.run_blocking(
            [](db::Transaction& tx) { return db::clusters_to_serve(tx, "node-1").at(0).cluster.libraries; });
    }
};

TEST_F(LibraryStoreTest, ALibraryGoesFromWantedToInstalled) {
    want(array({kSix}));
    EXPECT_EQ(statuses(), "six PENDING");
    are(array({kSix}), "RESOLVING");
    EXPECT_EQ(statuses(), "six RESOLVING");
    are(array({kSix}), "INSTALLING");
    EXPECT_EQ(statuses(), "six INSTALLING");
    installed(array({kSix}));
    EXPECT_EQ(statuses(), "six INSTALLED");
    are(array({kSix}), "RESOLVING");
    EXPECT_EQ(statuses(), "six INSTALLED") << "of this generation it stays so";
}

TEST_F(LibraryStoreTest, InstalledIsWhatAllWorkersHave) {
    sql.run("UPDATE clusters SET num_workers = 1");
    worker.run_blocking([](db::Transaction& tx) {
        db::register_worker(tx, {"further", kCluster, "node-1", 1, false, ""}, {4});
        db::worker_is_ready(tx, "further", "{}");
    });
    want(array({kSix}));
    installed(array({kSix}));
    EXPECT_EQ(statuses(), "six PENDING");
    installed(array({kSix}), "further");
    EXPECT_EQ(statuses(), "six INSTALLED");
}

TEST_F(LibraryStoreTest, OneThatFailsIsLeftOutUntilItIsAskedForAgain) {
    want(array({kSix, kNone}));
    are(array({kSix, kNone}), "RESOLVING");
    EXPECT_TRUE(failed(array({kNone}), "not found"));
    EXPECT_EQ(statuses(), "six RESOLVING, no-such FAILED not found");
    EXPECT_EQ(to_install(), array({kSix}));
    server.run_blocking([](db::Transaction& tx) { db::forget_failed_libraries(tx, kCluster, array({kNone})); });
    EXPECT_EQ(statuses(), "six RESOLVING, no-such PENDING");
    EXPECT_EQ(to_install(), R"([{"pypi": {"package": "six"}}, {"pypi": {"package": "no-such"}}])");
}

TEST_F(LibraryStoreTest, WhenNoneIsNamedAllThatAreNotInstalledHaveFailed) {
    want(array({kSix}));
    installed(array({kSix}));
    want(array({kSix, kNone}));
    EXPECT_TRUE(failed(array({kSix}), "six and no-such contradict each other"));
    EXPECT_EQ(statuses(), "six INSTALLED, no-such FAILED six and no-such contradict each other");
    EXPECT_FALSE(failed("[]", "again"));
}

TEST_F(LibraryStoreTest, OneThatIsUninstalledStaysUntilTheRestart) {
    want(array({kSix}));
    installed(array({kSix}));
    want("[]");
    EXPECT_EQ(statuses(), "six UNINSTALL_ON_RESTART");
    EXPECT_EQ(to_install(), array({kSix}));
    server.run_blocking([](db::Transaction& tx) { return db::restart_cluster(tx, kCluster, kUser, 6); });
    EXPECT_EQ(statuses(), "");
    EXPECT_EQ(to_install(), "[]");
}

TEST_F(LibraryStoreTest, AnotherGenerationBeginsAnew) {
    want(array({kSix}));
    failed(array({kSix}), "why");
    server.run_blocking([](db::Transaction& tx) { return db::terminate_cluster(tx, kCluster, "{}", 5); });
    worker.run_blocking([](db::Transaction& tx) {
        db::worker_is_gone(tx, kWorker);
        db::cluster_is_down(tx, kCluster);
    });
    EXPECT_EQ(statuses(), "six FAILED why");
    server.run_blocking([](db::Transaction& tx) { return db::start_cluster(tx, kCluster, kUser, 6); });
    EXPECT_EQ(statuses(), "six PENDING");
    are(array({kSix}), "RESOLVING");
    EXPECT_EQ(statuses(), "six PENDING") << "said of a generation that is over";
    are(array({kSix}), "RESOLVING", 2);
    EXPECT_EQ(statuses(), "six RESOLVING");
}

TEST_F(LibraryStoreTest, NothingIsInstalledOnAStoppedCluster) {
    want(array({kSix}));
    installed(array({kSix}));
    sql.run("UPDATE clusters SET state = 'TERMINATED'; UPDATE workers SET state = 'GONE'");
    EXPECT_EQ(statuses(), "six PENDING");
    want("[]");
    EXPECT_EQ(statuses(), "");
}

TEST_F(LibraryStoreTest, OnlyThoseOfWhoMaySeeTheCluster) {
    want(array({kSix}));
    auto seen_by = [&](const std::string& user) {
        return server.run_blocking([&](db::Transaction& tx) { return db::library_statuses(tx, std::nullopt, user); });
    };
    EXPECT_EQ(seen_by(kUser).size(), 1u);
    EXPECT_EQ(seen_by("somebody@example.com").size(), 0u);
}

}  // namespace
}  // namespace stoker::test
