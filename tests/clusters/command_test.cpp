#include "clusters/command.h"

#include <thread>

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

namespace stoker::clusters {
namespace {

CommandResult sh(Children& children, const std::string& script, const OnLine& on_line = nullptr,
                 const std::stop_token& stop = {}) {
    return run_command(children, command_line({"sh", "-c", script}, machine_environ()), on_line, stop);
}

TEST(RunCommand, gives_status_output_and_lines) {
    Children children;
    std::vector<std::string> lines;
    CommandResult result = sh(children, "echo one; echo two >&2; printf three; exit 3",
                              [&](std::string_view line) { lines.emplace_back(line); });
    EXPECT_EQ(result.status, 3);
    EXPECT_EQ(result.output, "one\ntwo\nthree");
    EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", "three"}));
    EXPECT_EQ(sh(children, "kill -9 $$").status, 128 + SIGKILL);
}

TEST(RunCommand, keeps_the_end_of_a_long_output) {
    Children children;
    CommandResult result = sh(children, "yes 0123456789 | head -c 2000000; echo; echo last");
    EXPECT_LE(result.output.size(), 256U * 1024);
    EXPECT_TRUE(result.output.ends_with("last\n"));
}

TEST(RunCommand, does_not_wait_for_a_grandchild_that_keeps_the_pipe) {
    become_subreaper();
    Children children;
    EXPECT_EQ(sh(children, "sleep 1000 & echo done").output, "done\n");
    EXPECT_EQ(children.end_strays(), 1);
}

TEST(RunCommand, a_stop_request_ends_the_whole_tree) {
    become_subreaper();
    Children children;
    std::stop_source stop;
    EXPECT_THROW(sh(
                     children, "sleep 1000 & echo ready; wait", [&](std::string_view) { stop.request_stop(); },
                     stop.get_token()),
                 Stopped);
    children.end_strays();  // reaps what was killed and became ours
    EXPECT_TRUE(descendants(getpid()).empty());
}

TEST(RunCommand, an_unknown_program_is_named) {
    Children children;
    try {
        run_command(children, command_line({"no-such-program-here"}, machine_environ()));
        FAIL();
    } catch (const std::system_error& error) {
        EXPECT_NE(std::string(error.what()).find("no-such-program-here"), std::string::npos);
    }
}

TEST(Children, a_hunt_for_strays_spares_what_was_spawned) {
    become_subreaper();
    Children children;
    pid_t pid = children.spawn(command_line({"sleep", "1000"}, machine_environ()));
    EXPECT_EQ(children.end_strays(), 0);
    kill(pid, SIGKILL);
    EXPECT_EQ(children.reap(pid), 128 + SIGKILL);
}

TEST(MachineEnviron, has_the_machines_settings_and_no_secret) {
    setenv("PIP_EXTRA", "1", 1);
    setenv("https_proxy", "http://proxy", 1);
    setenv("STOKER_DATABASE_URL", "postgres://secret", 1);
    setenv("PGPASSWORD", "secret", 1);
    auto environment = machine_environ();
    EXPECT_EQ(environment.at("PIP_EXTRA"), "1");
    EXPECT_EQ(environment.at("https_proxy"), "http://proxy");
    EXPECT_FALSE(environment.contains("STOKER_DATABASE_URL"));
    EXPECT_FALSE(environment.contains("PGPASSWORD"));
}

}  // namespace
}  // namespace stoker::clusters
