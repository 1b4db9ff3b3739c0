#include "clusters/process.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace stoker::clusters {
namespace {

class ProcessTest : public testing::Test {
  protected:
    void SetUp() override {
        char name[] = "/tmp/stoker-process-XXXXXX";
        folder_ = ::mkdtemp(name);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    SpawnRequest shell(const std::string& script) {
        SpawnRequest request;
        request.argv = {"sh", "-c", script};
        request.environ = {{"PATH", "/usr/bin:/bin"}};
        request.output_file = folder_ / "output";
        return request;
    }
    std::string output() {
        std::ifstream file(folder_ / "output");
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }
    static int wait_for(pid_t pid) {
        int status = 0;
        EXPECT_EQ(::waitpid(pid, &status, 0), pid);
        return status;
    }

    std::filesystem::path folder_;
};

TEST_F(ProcessTest, RunsWithExactlyTheEnvironmentGiven) {
    ::setenv("STOKER_PROCESS_TEST_SECRET", "hidden", 1);
    SpawnRequest request = shell("env");
    request.environ["GREETING"] = "hello";
    EXPECT_EQ(wait_for(spawn(request)), 0);
    EXPECT_NE(output().find("GREETING=hello"), std::string::npos);
    EXPECT_EQ(output().find("hidden"), std::string::npos);
}

TEST_F(ProcessTest, NamesTheProgramThatIsMissing) {
    SpawnRequest request = shell("");
    request.argv = {"no-such-program"};
    try {
        spawn(request);
        FAIL();
    } catch (const std::system_error& error) {
        EXPECT_NE(std::string(error.what()).find("no-such-program"), std::string::npos);
    }
}

TEST_F(ProcessTest, PassesDescriptorsUnderTheirNumbersAndClosesAllOthers) {
    int pair[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    const int left_open = ::open("/dev/null", O_RDONLY);
    for (const int number : {5, pair[1]}) {  // the second one maps a descriptor onto its own number
        SpawnRequest request = shell("ls /proc/self/fd | tr '\\n' ' '; echo hi >&" + std::to_string(number));
        request.output_file = folder_ / "output";
        request.descriptors = {{pair[1], number}};
        EXPECT_EQ(wait_for(spawn(request)), 0);
        char text[3] = {};
        EXPECT_EQ(::read(pair[0], text, 3), 3);
        // ls itself opens the folder under the lowest number that is free.
        EXPECT_NE(output().find("0 1 2 3 " + std::to_string(number)), std::string::npos) << output();
        std::filesystem::remove(folder_ / "output");
    }
    ::close(left_open);
    ::close(pair[0]);
    ::close(pair[1]);
}

TEST_F(ProcessTest, SwapsTwoDescriptors) {
    int first[2], second[2];
    ASSERT_EQ(::pipe2(first, O_CLOEXEC), 0);
    ASSERT_EQ(::pipe2(second, O_CLOEXEC), 0);
    SpawnRequest request =
        shell("echo first >&" + std::to_string(second[1]) + "; echo second >&" + std::to_string(first[1]));
    if (first[1] > 9 || second[1] > 9) GTEST_SKIP() << "the shell knows descriptors below 10 only";
    request.descriptors = {{first[1], second[1]}, {second[1], first[1]}};
    EXPECT_EQ(wait_for(spawn(request)), 0);
    char text[16] = {};
    EXPECT_GT(::read(first[0], text, sizeof text), 0);
    EXPECT_EQ(std::string(text), "first\n");
    for (const int fd : {first[0], first[1], second[0], second[1]}) ::close(fd);
}

TEST_F(ProcessTest, RunsAsAnotherUserWithoutNewPrivileges) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    SpawnRequest request = shell("id -un; grep NoNewPrivs /proc/self/status");
    request.os_user = "nobody";
    EXPECT_EQ(wait_for(spawn(request)), 0);
    EXPECT_EQ(output().substr(0, 7), "nobody\n");
    EXPECT_NE(output().find("NoNewPrivs:\t1"), std::string::npos);
    request.os_user = "no-such-user";
    EXPECT_THROW(spawn(request), std::system_error);
}

TEST_F(ProcessTest, ActsInTheGroupOfOneMoreUserAndNoOther) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    SpawnRequest request = shell("id -un; id -G");
    request.os_user = "nobody";
    request.group_of = "daemon";
    EXPECT_EQ(wait_for(spawn(request)), 0);
    EXPECT_EQ(output(), "nobody\n65534 1\n");
}

TEST_F(ProcessTest, PidfdTellsTheEnd) {
    const pid_t pid = spawn(shell("exit 3"));
    const int fd = open_pidfd(pid);
    pollfd waiting{fd, POLLIN, 0};
    EXPECT_EQ(::poll(&waiting, 1, 10'000), 1);
    EXPECT_EQ(WEXITSTATUS(wait_for(pid)), 3);
    ::close(fd);
}

TEST_F(ProcessTest, KillsTheWholeTree) {
    // The shell tells through a pipe that its descendants run; two of them have left its process group.
    int ready[2];
    ASSERT_EQ(::pipe2(ready, O_CLOEXEC), 0);
    SpawnRequest request = shell("sleep 1000 & setsid sh -c 'sleep 1000 & echo >&7; wait' & wait");
    request.descriptors = {{ready[1], 7}};
    const pid_t pid = spawn(request);
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    std::vector<pid_t> below = descendants(pid);
    EXPECT_GE(below.size(), 3u);
    kill_tree(pid);
    EXPECT_EQ(WTERMSIG(wait_for(pid)), SIGKILL);
    ::close(ready[1]);
    EXPECT_EQ(::read(ready[0], &byte, 1), 0) << "a descendant still holds the pipe";
    ::close(ready[0]);
}

TEST_F(ProcessTest, EndsStraysButNotTheChildrenItKnows) {
    become_subreaper();
    int ready[2];
    ASSERT_EQ(::pipe2(ready, O_CLOEXEC), 0);
    SpawnRequest request = shell("setsid sh -c 'echo >&7; exec sleep 1000' & read -r line <&6");
    int go[2];
    ASSERT_EQ(::pipe2(go, O_CLOEXEC), 0);
    request.descriptors = {{ready[1], 7}, {go[0], 6}};
    const pid_t parent = spawn(request);
    const pid_t known = spawn(shell("exec sleep 1000"));
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    ASSERT_EQ(::write(go[1], "\n", 1), 1);
    wait_for(parent);
    EXPECT_EQ(end_strays({known}), 1);
    ::close(ready[1]);
    EXPECT_EQ(::read(ready[0], &byte, 1), 0) << "the stray still holds the pipe";
    EXPECT_EQ(::kill(known, 0), 0);
    EXPECT_EQ(end_strays({}), 1);
    for (const int fd : {ready[0], go[0], go[1]}) ::close(fd);
}

}  // namespace
}  // namespace stoker::clusters
