#include "clusters/git_command.h"

#include <array>
#include <cerrno>
#include <sstream>
#include <system_error>

#include <sys/mman.h>
#include <unistd.h>

#include "clusters/file_descriptor.h"

namespace stoker::clusters {
namespace {

// Where git finds the credential. Low numbers are for standard streams only.
constexpr int kCredentialDescriptor = 3;

// With network_environ, and nothing of the operator's own: settings of git and netrc files in HOME would lend the
// operator's credentials to every user.
const std::map<std::string, std::string> kEnviron{{"HOME", "/nonexistent"},
                                                  {"PATH", "/usr/local/bin:/usr/bin:/bin"},
                                                  {"LC_ALL", "C"},
                                                  {"GIT_CONFIG_GLOBAL", "/dev/null"},
                                                  {"GIT_CONFIG_NOSYSTEM", "1"},
                                                  {"GIT_ATTR_NOSYSTEM", "1"},
                                                  {"GIT_TERMINAL_PROMPT", "0"},
                                                  {"GIT_ALLOW_PROTOCOL", "http:https"},
                                                  {"GIT_CEILING_DIRECTORIES", "/"}};

std::vector<std::string> hardening() {
    constexpr std::array kSettings{
        "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.protectNTFS=true", "core.protectHFS=true",
        "gc.auto=0", "maintenance.auto=false", "submodule.recurse=false", "transfer.fsckObjects=true",
        // Common in old histories, and harmless.
        "fetch.fsck.zeroPaddedFilemode=warn", "fetch.fsck.missingSpaceBeforeDate=warn", "fetch.fsck.badTimezone=warn",
        // A pack stays one file, whose size is limited.
        "fetch.unpackLimit=1", "http.lowSpeedLimit=1000", "http.lowSpeedTime=60", "advice.detachedHead=false"};
    std::vector<std::string> arguments;
    for (const char* setting : kSettings) arguments.insert(arguments.end(), {"-c", setting});
    return arguments;
}

/// "https://host:1234" of an address on it.
std::string host_of(const std::string& url) {
    return url.substr(0, url.find('/', url.find("://") + 3));
}

FileDescriptor credential_file(const GitCredential& credential) {
    FileDescriptor file(memfd_create("git-credential", MFD_CLOEXEC));
    const std::string text = "username=" + credential.username + "\npassword=" + credential.token + "\n";
    if (!file || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        throw std::system_error(errno, std::generic_category(), "memfd_create");
    return file;
}

bool says(const CommandResult& result, std::string_view words) {
    return result.output.find(words) != std::string::npos;
}

}  // namespace

CommandResult GitRunner::run(GitCall call, const std::stop_token& stop, const OnLine& on_line) const {
    const std::string most = std::to_string(settings_.limits.bytes);
    std::vector<std::string> argv{"prlimit", "--fsize=" + most + ":" + most, "--core=0:0", "git"};
    const auto settings = hardening();
    argv.insert(argv.end(), settings.begin(), settings.end());
    FileDescriptor secret;
    if (call.credential) {
        secret = credential_file(*call.credential);
        // Asked anew for every request; each reads the file from its beginning.
        const std::string read = "/proc/self/fd/" + std::to_string(kCredentialDescriptor);
        argv.insert(argv.end(), {"-c", "credential." + host_of(call.url) + ".helper=!f() { test \"$1\" = get && cat " +
                                           read + "; }; f"});
    }
    argv.insert(argv.end(), call.arguments.begin(), call.arguments.end());

    auto environ = network_environ();
    const auto named = operator_settings(environ);
    environ.insert(kEnviron.begin(), kEnviron.end());
    environ.merge(call.environ);
    SpawnRequest request = command_line(std::move(argv), std::move(environ), settings_.os_user);
    if (secret) request.descriptors = {{secret.get(), kCredentialDescriptor}};
    call.reach.read.insert(call.reach.read.end(), named.begin(), named.end());
    request = confined(std::move(request), settings_.confinement, call.reach);
    CommandResult result;
    try {
        result = run_command(children_, std::move(request), on_line, stop, settings_.limits.time);
    } catch (const Stopped&) {
        children_.end_strays();  // killed with git, and ours now
        throw;
    } catch (const TooSlow&) {
        children_.end_strays();
        throw GitError("it took longer than " + std::to_string(settings_.limits.time.count()) + " seconds");
    }
    if (result.status == kProgramNotFound) throw GitError("git was not found on this machine: install git");
    if (result.status != 0 && (says(result, "File too large") || says(result, "died of signal 25")))
        throw GitError("the repository is larger than " + size_in_words(settings_.limits.bytes));
    return result;
}

std::string GitRunner::output_of(GitCall call, const std::stop_token& stop) const {
    CommandResult result = run(std::move(call), stop);
    if (result.status != 0) throw GitError(git_error(result.output));
    return std::move(result.output);
}

std::string git_error(std::string_view output) {
    std::istringstream lines{std::string(output)};
    std::string last, fatal;
    for (std::string line; std::getline(lines, line);) {
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
        if (line.empty()) continue;
        for (std::string_view mark : {"fatal: ", "error: "})
            if (line.starts_with(mark)) fatal = line.substr(mark.size());
        last = line;
    }
    if (!fatal.empty()) return fatal;
    return last.empty() ? "git failed and said nothing" : last;
}

std::string size_in_words(std::uint64_t bytes) {
    constexpr std::uint64_t kMegabyte = 1024 * 1024;
    if (bytes >= 1024 * kMegabyte && bytes % (1024 * kMegabyte) == 0)
        return std::to_string(bytes / (1024 * kMegabyte)) + " GB";
    return std::to_string(bytes / kMegabyte) + " MB";
}

}  // namespace stoker::clusters
