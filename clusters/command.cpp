#include "clusters/command.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clusters/file_descriptor.h"
#include "clusters/gpus.h"

extern char** environ;

namespace stoker::clusters {
namespace {

constexpr std::size_t kOutputKept = 256 * 1024;

class LineSplitter {
  public:
    explicit LineSplitter(const OnLine& on_line) : on_line_(on_line) {}
    void add(std::string_view bytes) {
        if (!on_line_) return;
        for (char c : bytes) {
            if (c == '\n' || c == '\r') {
                flush();
            } else {
                line_.push_back(c);
            }
        }
    }
    void flush() {
        if (on_line_ && !line_.empty()) on_line_(line_);
        line_.clear();
    }

  private:
    const OnLine& on_line_;
    std::string line_;
};

/// Reads what is there. false at the end of the stream.
bool drain(int fd, std::string& output, LineSplitter& lines) {
    std::array<char, 16384> buffer;
    for (;;) {
        ssize_t got = read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno == EAGAIN;
        if (got == 0) return false;
        std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
        output += bytes;
        if (output.size() > 2 * kOutputKept) output.erase(0, output.size() - kOutputKept);
        lines.add(bytes);
    }
}

/// Readable once the time is over; none for 0.
FileDescriptor timer(std::chrono::seconds length) {
    if (length.count() == 0) return {};
    FileDescriptor made(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    const itimerspec once{{}, {length.count(), 0}};
    if (!made || timerfd_settime(made.get(), 0, &once, nullptr) < 0)
        throw std::system_error(errno, std::generic_category(), "timerfd");
    return made;
}

}  // namespace

SpawnRequest command_line(std::vector<std::string> argv, std::map<std::string, std::string> environment,
                          const std::string& os_user) {
    SpawnRequest request;
    request.argv = std::move(argv);
    request.environ = std::move(environment);
    request.working_folder = "/";
    request.os_user = os_user;
    return request;
}

CommandResult run_command(Children& children, SpawnRequest request, const OnLine& on_line, const std::stop_token& stop,
                          std::chrono::seconds longest) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) throw std::system_error(errno, std::generic_category(), "pipe");
    FileDescriptor reading(ends[0]), writing(ends[1]);
    fcntl(reading.get(), F_SETFL, O_NONBLOCK);
    FileDescriptor stopped(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    std::stop_callback on_stop(stop, [&] { eventfd_write(stopped.get(), 1); });
    FileDescriptor late = timer(longest);

    if (std::ranges::find(request.descriptors, 1, &std::pair<int, int>::second) == request.descriptors.end())
        request.descriptors.emplace_back(writing.get(), 1);
    request.descriptors.emplace_back(writing.get(), 2);
    pid_t pid = children.spawn(request);
    writing.reset();
    FileDescriptor ended(open_pidfd(pid));

    CommandResult result;
    LineSplitter lines(on_line);
    bool killed = false, too_slow = false;
    // A grandchild may hold the pipe open for longer than the program lives: its end is what counts.
    std::array<pollfd, 4> watched{pollfd{reading.get(), POLLIN, 0}, pollfd{ended.get(), POLLIN, 0},
                                  pollfd{stopped.get(), POLLIN, 0}, pollfd{late.get(), POLLIN, 0}};
    for (;;) {
        if (poll(watched.data(), watched.size(), -1) < 0) continue;
        if (watched[0].revents && !drain(reading.get(), result.output, lines)) watched[0].fd = -1;
        if (watched[2].revents || watched[3].revents) {
            (watched[2].revents ? killed : too_slow) = true;
            watched[2].fd = watched[3].fd = -1;
            kill_tree(pid);
        }
        if (watched[1].revents) break;
    }
    drain(reading.get(), result.output, lines);
    lines.flush();
    result.status = children.reap(pid);
    if (result.output.size() > kOutputKept) result.output.erase(0, result.output.size() - kOutputKept);
    if (killed) throw Stopped(request.argv.front() + " was stopped");
    if (too_slow)
        throw TooSlow(request.argv.front() + " took longer than " + std::to_string(longest.count()) + " seconds");
    return result;
}

std::map<std::string, std::string> network_environ() {
    constexpr std::array kNames{"SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO",
                                "HTTP_PROXY",    "HTTPS_PROXY",  "ALL_PROXY",      "NO_PROXY",
                                "http_proxy",    "https_proxy",  "all_proxy",      "no_proxy"};
    const auto machine = machine_environ();
    std::map<std::string, std::string> kept;
    for (const char* name : kNames)
        if (const auto found = machine.find(name); found != machine.end()) kept.insert(*found);
    return kept;
}

std::map<std::string, std::string> machine_environ() {
    constexpr std::array names{"PATH",       "LANG",           "LANGUAGE",     "TZ",        "JAVA_HOME",
                               "M2_HOME",    "SSL_CERT_FILE",  "SSL_CERT_DIR", "NETRC",     "REQUESTS_CA_BUNDLE",
                               "HTTP_PROXY", "HTTPS_PROXY",    "ALL_PROXY",    "NO_PROXY",  "CURL_CA_BUNDLE",
                               "http_proxy", "https_proxy",    "all_proxy",    "no_proxy",  "HOME",
                               "TMPDIR",     "GIT_SSL_CAINFO", "SLURM_CONF",   kVisibleGpus};
    constexpr std::array prefixes{"PIP_", "UV_", "MAVEN_", "LC_"};
    std::map<std::string, std::string> kept;
    for (char** entry = environ; *entry; ++entry) {
        std::string_view text(*entry);
        auto equals = text.find('=');
        if (equals == std::string_view::npos) continue;
        std::string_view name = text.substr(0, equals);
        bool wanted = false;
        for (std::string_view one : names) wanted = wanted || name == one;
        for (std::string_view prefix : prefixes) wanted = wanted || name.starts_with(prefix);
        if (wanted) kept.emplace(name, text.substr(equals + 1));
    }
    return kept;
}

}  // namespace stoker::clusters
