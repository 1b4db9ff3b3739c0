#include "clusters/uv.h"

#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clusters/build_folder.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;
constexpr const char* kUvRequirement = "uv==0.13.8";
constexpr const char* kSharedCache = "/var/cache/stoker/uv";

std::vector<fs::path> on_path(const std::vector<std::string>& names) {
    std::vector<fs::path> found;
    const char* path = std::getenv("PATH");
    std::istringstream folders(path ? path : "/usr/local/bin:/usr/bin:/bin");
    for (std::string folder; std::getline(folders, folder, ':');)
        for (const std::string& name : names)
            if (!folder.empty() && access((fs::path(folder) / name).c_str(), X_OK) == 0)
                found.push_back(fs::path(folder) / name);
    return found;
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

/// Runs it as the building user, who may see less than we do.
CommandResult try_run(Children& children, const PythonToolSettings& settings, std::vector<std::string> argv,
                      const std::stop_token& stop = {}) {
    SpawnRequest request = command_line(std::move(argv), machine_environ(), settings.os_user);
    try {
        return run_command(children, request, nullptr, stop);
    } catch (const std::system_error& error) {
        return {127, error.what()};
    }
}

void find_python(Children& children, const PythonToolSettings& settings, PythonTools& tools) {
    std::vector<fs::path> candidates;
    if (!settings.python.empty()) {
        candidates.push_back(settings.python);
    } else {
        for (const char* name :
             {"/usr/bin/python3", "/usr/bin/python3.12", "/usr/bin/python3.11", "/usr/local/bin/python3"})
            if (access(name, X_OK) == 0) candidates.emplace_back(name);
        for (fs::path& path : on_path({"python3"})) candidates.push_back(std::move(path));
    }
    for (const fs::path& candidate : candidates) {
        CommandResult result = try_run(children, settings,
                                       {candidate.string(), "-I", "-c",
                                        "import sys; print('%d.%d.%d' % sys.version_info[:3]); "
                                        "sys.exit(sys.version_info < (3, 11))"});
        if (result.status != 0) continue;
        tools.python = candidate;
        tools.python_version = first_line(result.output);
        return;
    }
    std::string as = settings.os_user.empty() ? "" : " that the OS user " + settings.os_user + " can execute";
    throw std::runtime_error(settings.python.empty()
                                 ? "No Python 3.11 or newer was found" + as +
                                       ": install python3, or name one with --python."
                                 : settings.python.string() + " is no Python 3.11 or newer" + as +
                                       ": name another one with --python, or as the python of the Spark version.");
}

/// Debian has no package of uv: into a virtual environment of its own, once for each data folder.
fs::path bootstrap_uv(Children& children, const PythonToolSettings& settings, const PythonTools& tools,
                      const std::stop_token& stop) {
    BuildFolder folder(settings.tools_folder, "uv-0.13.8");
    folder.make_once(
        [&](const fs::path& path) {
            std::string pip = (path / "bin/pip").string();
            for (std::vector<std::string> argv :
                 {std::vector<std::string>{tools.python.string(), "-m", "venv", path.string()},
                  std::vector<std::string>{pip, "install", "--quiet", kUvRequirement}}) {
                CommandResult result =
                    run_command(children, command_line(std::move(argv), machine_environ()), nullptr, stop);
                if (result.status != 0)
                    throw std::runtime_error("uv is not installed and could not be (" + first_line(result.output) +
                                             "): install uv, or name it with --uv.");
            }
            fs::permissions(path, fs::perms(0755));
        },
        stop);
    return folder.path() / "bin/uv";
}

/// pip's settings that decide where packages come from, under uv's names; uv reads neither pip's variables nor its
/// files.
void adopt_pip_settings(Children& children, const PythonToolSettings& settings, const PythonTools& tools,
                        std::map<std::string, std::string>& environ) {
    struct Name {
        const char* pip;
        const char* uv;
    };
    constexpr Name names[] = {{"index-url", "UV_DEFAULT_INDEX"},
                              {"extra-index-url", "UV_INDEX"},
                              {"find-links", "UV_FIND_LINKS"},
                              {"trusted-host", "UV_INSECURE_HOST"},
                              {"cert", "SSL_CERT_FILE"}};
    CommandResult result = try_run(children, settings, {tools.python.string(), "-m", "pip", "config", "list"});
    if (result.status != 0) return;  // an interpreter without pip has no pip settings
    std::istringstream lines(result.output);
    for (std::string line; std::getline(lines, line);) {
        auto equals = line.find('=');
        if (equals == std::string::npos) continue;
        std::string key = line.substr(0, equals), value = line.substr(equals + 1);
        key.erase(0, key.rfind('.') + 1);
        if (value.size() >= 2 && (value.front() == '\'' || value.front() == '"'))
            value = value.substr(1, value.size() - 2);
        for (const Name& name : names) {
            if (key != name.pip || value.empty()) continue;
            // pip passes over a folder of links that does not exist; uv fails.
            if (key == "find-links" && value.front() == '/' && access(value.c_str(), R_OK) != 0) continue;
            environ.emplace(name.uv, value);
        }
    }
}

/// Where uv itself would keep its cache.
fs::path own_cache(const std::map<std::string, std::string>& environ) {
    if (auto set = environ.find("UV_CACHE_DIR"); set != environ.end() && !set->second.empty()) return set->second;
    auto home = environ.find("HOME");
    return fs::path(home == environ.end() ? "/" : home->second) / ".cache/uv";
}

std::string without_bullet(std::string_view line) {
    for (std::string_view mark : {"error: ", "cause: ", "Caused by: ", "×", "╰─▶", "├─▶", "hint: "}) {
        auto at = line.find_first_not_of(" \t");
        if (at == std::string_view::npos) return "";
        line.remove_prefix(at);
        if (line.starts_with(mark)) line.remove_prefix(mark.size());
    }
    auto at = line.find_first_not_of(" \t");
    return at == std::string_view::npos ? "" : std::string(line.substr(at));
}

bool begins_with(std::string_view line, std::initializer_list<std::string_view> marks) {
    auto at = line.find_first_not_of(" \t");
    if (at == std::string_view::npos) return false;
    for (std::string_view mark : marks)
        if (line.substr(at).starts_with(mark)) return true;
    return false;
}

}  // namespace

PythonTools find_python_tools(Children& children, const PythonToolSettings& settings, const std::stop_token& stop) {
    PythonTools tools;
    find_python(children, settings, tools);
    if (!settings.uv.empty()) {
        if (try_run(children, settings, {settings.uv.string(), "--version"}).status != 0)
            throw std::runtime_error("--uv " + settings.uv.string() + " cannot be executed.");
        tools.uv = settings.uv;
        return tools;
    }
    for (const fs::path& candidate : on_path({"uv"})) {
        if (try_run(children, settings, {candidate.string(), "--version"}).status != 0) continue;
        tools.uv = candidate;
        return tools;
    }
    tools.uv = bootstrap_uv(children, settings, tools, stop);
    return tools;
}

std::map<std::string, std::string> uv_environ(Children& children, const PythonToolSettings& settings,
                                              const PythonTools& tools) {
    std::map<std::string, std::string> environ = machine_environ();
    fs::path cache = settings.uv_cache;
    if (cache.empty()) cache = settings.os_user.empty() ? own_cache(environ) : fs::path(kSharedCache);
    fs::create_directories(cache);
    const passwd* user = settings.os_user.empty() ? nullptr : getpwnam(settings.os_user.c_str());
    struct stat status {};
    if (user && stat(cache.c_str(), &status) == 0 && status.st_uid != user->pw_uid) {
        if (chown(cache.c_str(), user->pw_uid, user->pw_gid) < 0 || chmod(cache.c_str(), 0755) < 0)
            throw std::runtime_error(cache.string() + " cannot be given to the OS user " + settings.os_user + ".");
    }
    environ["UV_CACHE_DIR"] = cache;
    if (user) environ["HOME"] = cache;
    environ["UV_NO_PROGRESS"] = "1";
    environ["UV_PYTHON_DOWNLOADS"] = "never";
    environ["NO_COLOR"] = "1";
    environ.erase("UV_PYTHON");
    adopt_pip_settings(children, settings, tools, environ);
    return environ;
}

std::string uv_error(std::string_view output) {
    std::istringstream lines{std::string(output)};
    std::string error, causes, last;
    for (std::string line; std::getline(lines, line);) {
        if (begins_with(line, {"error: ", "×"}) && error.empty()) {
            error = without_bullet(line);
        } else if (begins_with(line, {"cause: ", "Caused by: ", "╰─▶", "├─▶"}) && !error.empty()) {
            causes += (causes.empty() ? "" : ": ") + without_bullet(line);
        }
        if (!without_bullet(line).empty()) last = without_bullet(line);
    }
    if (error.empty()) error = last;
    if (causes.empty()) return error;
    if (error.starts_with("No solution found")) return causes;
    return error + ": " + causes;
}

}  // namespace stoker::clusters
