#include <fstream>

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/embedded_postgres.h"
#include "tests/support/pg_database.h"
#include "tests/support/sql.h"

namespace stoker::test {
namespace {
class EmbeddedPostgresTest : public testing::Test {
  protected:
    ~EmbeddedPostgresTest() override { std::filesystem::remove_all(folder); }
    db::EmbeddedPostgres::Settings settings() const {
        return {.folder = folder / "pg",
                .socket_folder = folder / "s",
                .log_file = folder / "log",
                .bin_folder = {},
                .durable = false};
    }
    static std::string refusal(const db::EmbeddedPostgres::Settings& settings) {
        try {
            db::EmbeddedPostgres::start(settings);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "";
    }
    const std::filesystem::path folder = new_folder();
};

TEST_F(EmbeddedPostgresTest, KeepsItsDataAndListensOnNoNetwork) {
    {
        auto postgres = db::EmbeddedPostgres::start(settings());
        Sql sql(postgres->owner_dsn());
        sql.run("CREATE TABLE kept (id integer)");
        EXPECT_EQ(sql.one("SHOW listen_addresses"), "");
        EXPECT_EQ(sql.one("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"), "t");
        EXPECT_NE(refusal(settings()).find("already (pid "), std::string::npos);
        EXPECT_TRUE(postgres->running());
    }
    EXPECT_FALSE(std::filesystem::exists(folder / "pg/postmaster.pid"));
    auto again = db::EmbeddedPostgres::start(settings());
    EXPECT_EQ(Sql(again->owner_dsn()).failure("SELECT * FROM kept"), "");
}

TEST_F(EmbeddedPostgresTest, AStalePidFileDoesNotStandInTheWay) {
    db::EmbeddedPostgres::start(settings()).reset();
    std::ofstream(folder / "pg/postmaster.pid") << getpid() << "\n" << (folder / "pg").string() << "\n";
    EXPECT_TRUE(db::EmbeddedPostgres::start(settings())->running());
}

TEST_F(EmbeddedPostgresTest, DiesWithItsParent) {
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    pid_t parent = fork();
    if (parent == 0) {
        auto postgres = db::EmbeddedPostgres::start(settings());
        char byte = 1;
        if (write(ready[1], &byte, 1) == 1) pause();
        _exit(0);
    }
    char byte = 0;
    ASSERT_EQ(read(ready[0], &byte, 1), 1);
    pid_t postmaster = 0;
    std::ifstream(folder / "pg/postmaster.pid") >> postmaster;
    ASSERT_GT(postmaster, 0);
    int server = static_cast<int>(syscall(SYS_pidfd_open, postmaster, 0));
    ASSERT_GE(server, 0);
    kill(parent, SIGKILL);
    waitpid(parent, nullptr, 0);
    pollfd ended{server, POLLIN, 0};
    EXPECT_EQ(poll(&ended, 1, 30000), 1);
    close(server);
    EXPECT_FALSE(std::filesystem::exists(folder / "pg/postmaster.pid"));  // a shutdown in order, no crash
    EXPECT_TRUE(db::EmbeddedPostgres::start(settings())->running());
}

TEST_F(EmbeddedPostgresTest, SaysWhatAPersonCanDo) {
    auto without_programs = settings();
    without_programs.bin_folder = "/nowhere";
    EXPECT_NE(refusal(without_programs).find("/nowhere"), std::string::npos);
    auto stranger = settings();
    stranger.os_user = "nobody-of-that-name";
    auto deep = settings();
    deep.socket_folder = folder / std::string(100, 'x');
    EXPECT_NE(refusal(deep).find("too long"), std::string::npos);
    if (geteuid() == 0) {
        EXPECT_NE(refusal(stranger).find("nobody-of-that-name"), std::string::npos);
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
        EXPECT_NE(refusal(settings()).find("cannot reach"), std::string::npos);
    }
}

}  // namespace
}  // namespace stoker::test
