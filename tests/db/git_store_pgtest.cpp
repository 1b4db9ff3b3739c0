#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "db/git_store.h"
#include "db/principal_store.h"
#include "tests/support/factories.h"

namespace stoker::test {
namespace {
const std::string kCommit(40, 'a');
const std::string kOther(40, 'b');

class GitStoreTest : public RunQueueTest {
  protected:
    GitStoreTest() {
        server.run_blocking([](db::Transaction& tx) {
            for (const char* user : {kUser, "bob@example.com"}) db::ensure_user(tx, user, false, 1);
        });
    }
    std::int64_t add(const std::string& provider, bool is_default, const std::string& user = kUser) {
        return server.run_blocking([&](db::Transaction& tx) {
            db::GitCredential made;
            made.credential_id = db::next_git_credential_id(tx);
            made.user_name = user;
            made.git_provider = provider;
            made.git_username = "ann";
            made.sealed_token = "sealed " + std::to_string(made.credential_id);
            made.is_default_for_provider = is_default;
            db::insert_git_credential(tx, made);
            return made.credential_id;
        });
    }
    RunId start_git_run() {
        db::NewJob made = job({task("a"), task("b")});
        made.settings =
            R"({"name":"job","git_source":{"git_url":"https://h/r","git_provider":"GITHUB","git_branch":"main"}})";
        return start(create(made));
    }
    std::optional<db::GitAccess> access(const db::HeldLease& lease) {
        return worker.run_blocking([&](db::Transaction& tx) { return db::git_access(tx, lease); });
    }
    std::optional<std::string> pin(const db::HeldLease& lease, const std::string& commit) {
        return worker.run_blocking([&](db::Transaction& tx) { return db::pin_git_commit(tx, lease, commit); });
    }
    std::optional<std::string> sealed_token(const db::HeldLease& lease) {
        const auto found = access(lease);
        if (!found || !found->credential) return std::nullopt;
        return found->credential->sealed_token;
    }
};

TEST_F(GitStoreTest, TheFirstTaskOfARunPinsTheCommit) {
    start_git_run();
    const auto claims = claim();
    ASSERT_EQ(claims.size(), 2u);
    EXPECT_EQ(claims[0].git_commit, "");
    EXPECT_NE(claims[0].git_source.find("https://h/r"), std::string::npos);
    EXPECT_EQ(pin(lease(claims[0]), kCommit), kCommit);
    EXPECT_EQ(pin(lease(claims[1]), kOther), kCommit);
    EXPECT_EQ(access(lease(claims[1]))->git_commit, kCommit);
    EXPECT_EQ(sql.one("SELECT git_commit FROM runs"), kCommit);
}

TEST_F(GitStoreTest, ALaterTryIsToldThePinnedCommit) {
    db::JobTask retried = task("only");
    retried.max_retries = 1;
    start(create(job({retried})));
    const auto first = claim_one();
    EXPECT_EQ(pin(lease(first), kCommit), kCommit);
    finish(failure(first));
    EXPECT_EQ(claim_one().git_commit, kCommit);
}

TEST_F(GitStoreTest, WithoutTheLeaseNothingIsPinnedOrRead) {
    add("gitHub", true);
    start_git_run();
    const auto claims = claim();
    auto lost = lease(claims[0]);
    lost.lease_token = lease(claims[1]).lease_token;
    EXPECT_EQ(pin(lost, kCommit), std::nullopt);
    EXPECT_FALSE(access(lost));
    EXPECT_EQ(sql.one("SELECT git_commit FROM runs WHERE git_commit IS NOT NULL"), "");
}

TEST_F(GitStoreTest, TwoThatPinAtOnceAgree) {
    start_git_run();
    const auto claims = claim();
    sql.run("BEGIN; SELECT pin_git_commit(" + to_string(claims[0].run_id) + ", '" + claims[0].lease_token + "', '" +
            kCommit + "')");
    Sql second{database.owner_dsn()};
    Sql watcher{database.owner_dsn()};
    std::string pinned;
    std::jthread other([&] {
        pinned = second.one("SELECT pin_git_commit(" + to_string(claims[1].run_id) + ", '" + claims[1].lease_token +
                            "', '" + kOther + "')");
    });
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (watcher.number("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0)
        ASSERT_LT(std::chrono::steady_clock::now(), end);
    sql.run("COMMIT");
    other.join();
    EXPECT_EQ(pinned, kCommit);
}

TEST_F(GitStoreTest, ARunReadsTheDefaultCredentialOfItsProviderAndUser) {
    start_git_run();
    const auto held = lease(claim_one());
    EXPECT_EQ(access(held)->user_name, kUser);
    EXPECT_EQ(sealed_token(held), std::nullopt);
    add("gitHub", true, "bob@example.com");
    add("gitLab", true);
    EXPECT_EQ(sealed_token(held), std::nullopt);
    const auto first = add("gitHub", false);
    EXPECT_EQ(sealed_token(held), "sealed " + std::to_string(first));
    const auto second = add("gitHub", false);
    EXPECT_EQ(sealed_token(held), "sealed " + std::to_string(second));
    const auto standard = add("gitHub", true);
    add("gitHub", false);
    EXPECT_EQ(sealed_token(held), "sealed " + std::to_string(standard));
}

TEST_F(GitStoreTest, OneCredentialAProviderIsTheDefault) {
    const auto first = add("gitHub", true);
    const auto second = add("gitHub", true);
    const auto other = add("gitLab", true);
    auto defaults = [&] {
        return sql.column(
            "SELECT credential_id FROM git_credentials WHERE is_default_for_provider ORDER BY credential_id");
    };
    EXPECT_EQ(defaults(), (std::vector{std::to_string(second), std::to_string(other)}));
    server.run_blocking([&](db::Transaction& tx) {
        auto changed = db::find_git_credential(tx, first, kUser).value();
        EXPECT_FALSE(changed.is_default_for_provider);
        changed.is_default_for_provider = true;
        changed.name = "work";
        db::update_git_credential(tx, changed);
    });
    EXPECT_EQ(defaults(), (std::vector{std::to_string(first), std::to_string(other)}));
}

TEST_F(GitStoreTest, CredentialsAreTheirUsersAlone) {
    const auto mine = add("gitHub", true);
    server.run_blocking([&](db::Transaction& tx) {
        EXPECT_FALSE(db::find_git_credential(tx, mine, "bob@example.com"));
        EXPECT_FALSE(db::delete_git_credential(tx, mine, "bob@example.com"));
        EXPECT_TRUE(db::list_git_credentials(tx, "bob@example.com").empty());
        EXPECT_EQ(db::list_git_credentials(tx, kUser).at(0).git_username, "ann");
        EXPECT_TRUE(db::delete_git_credential(tx, mine, kUser));
    });
}

}  // namespace
}  // namespace stoker::test
