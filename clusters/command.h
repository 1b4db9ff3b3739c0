#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "clusters/children.h"

namespace stoker::clusters {

struct CommandResult {
    int status = 0;      // exit status, or 128 + signal
    std::string output;  // standard output and error in the order written, the last 256 KiB
};

/// Thrown by run_command when it was asked to stop; the process tree is gone by then.
class Stopped : public std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// Thrown by run_command when the program took longer than it may; likewise.
class TooSlow : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A program with arguments, run in the root folder as `os_user` ("" = the caller's).
SpawnRequest command_line(std::vector<std::string> argv, std::map<std::string, std::string> environment,
                          const std::string& os_user = "");

using OnLine = std::function<void(std::string_view line)>;

/// Runs a program to its end on the calling thread and reads what it prints. `request.output_file` must be empty;
/// `request.descriptors` may lead its standard output elsewhere and give it others, but for standard error. A stop
/// request kills the whole tree, and so does the end of `longest` (0 = no limit).
CommandResult run_command(Children& children, SpawnRequest request, const OnLine& on_line = nullptr,
                          const std::stop_token& stop = {}, std::chrono::seconds longest = {});

/// The variables of this process that tell a tool how to reach the world from this machine (PATH, proxies,
/// certificates, PIP_*, UV_*, MAVEN_*, JAVA_HOME, locale) and which of its GPUs are meant, and none that could be a
/// secret of Stoker's.
std::map<std::string, std::string> machine_environ();
/// Of these, proxies and certificates.
std::map<std::string, std::string> network_environ();

}  // namespace stoker::clusters
