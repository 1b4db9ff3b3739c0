#include <filesystem>
#include <iostream>
#include <vector>

#include <CLI/CLI.hpp>
#include <pwd.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/command_line.h"

namespace fs = std::filesystem;

namespace stoker::cli {
namespace {
struct Finding {
    enum class Grade { kGood, kWeaker, kMissing };
    Grade grade;
    std::string what;
    std::string found;
    std::string remedy;  // what to do, or what it means
};

std::string on_path(const std::string& program) {
    std::string path = std::getenv("PATH") ? std::getenv("PATH") : "/usr/bin:/bin";
    for (std::size_t begin = 0; begin <= path.size();) {
        std::size_t end = std::min(path.find(':', begin), path.size());
        fs::path candidate = fs::path(path.substr(begin, end - begin)) / program;
        if (access(candidate.c_str(), X_OK) == 0) return candidate;
        begin = end + 1;
    }
    return "";
}

Finding program(const std::string& name, const std::string& why, const std::string& package) {
    std::string found = on_path(name);
    if (!found.empty()) return {Finding::Grade::kGood, name, found, ""};
    return {Finding::Grade::kMissing, name, "not on PATH", why + ": apt-get install " + package};
}

Finding postgres() {
    std::error_code none;
    for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", none))
        if (fs::exists(version.path() / "bin/initdb"))
            return {Finding::Grade::kGood, "postgres", version.path() / "bin", ""};
    return {Finding::Grade::kMissing, "postgres", "no server under /usr/lib/postgresql",
            "the embedded database: apt-get install postgresql, or give `up` a --database-url"};
}

Finding os_user(const std::string& what, const std::string& name) {
    const std::string title = "OS user of " + what;
    if (geteuid() != 0)
        return {Finding::Grade::kWeaker, title, "the one who runs stoker", "run as root to make it another one"};
    if (getpwnam(name.c_str())) return {Finding::Grade::kGood, title, name, ""};
    return {Finding::Grade::kWeaker, title, "nobody", "deploy/install makes " + name};
}

Finding landlock() {
    long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, 1 /* LANDLOCK_CREATE_RULESET_VERSION */);
    if (abi >= 6) return {Finding::Grade::kGood, "Landlock", "ABI " + std::to_string(abi), ""};
    if (abi > 0)
        return {Finding::Grade::kWeaker, "Landlock", "ABI " + std::to_string(abi),
                "from ABI 6 (Linux 6.12) on it also stops signals"};
    return {Finding::Grade::kWeaker, "Landlock", "not in this kernel",
            "notebooks, Spark drivers and library builds of all clusters can read each other's folders"};
}

/// Tries what workers do, in this process: it ends soon.
Finding mounts() {
    const bool points = fs::is_directory("/dbfs") && fs::is_directory("/databricks");
    if (!points && geteuid() != 0)
        return {Finding::Grade::kWeaker, "DBFS at /dbfs", "no folders /dbfs and /databricks",
                "deploy/install makes them"};
    if (unshare(CLONE_NEWNS) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0)
        return {Finding::Grade::kGood, "DBFS at /dbfs", "in each worker's mount namespace", ""};
    return {Finding::Grade::kWeaker, "DBFS at /dbfs", "no mount namespace for this user",
            "open(\"/dbfs/…\") in notebooks and `mlflow run` on this server need it; run as root, or allow user "
            "namespaces"};
}

Finding rsync() {
    if (const std::string found = on_path("rsync"); !found.empty()) return {Finding::Grade::kGood, "rsync", found, ""};
    return {Finding::Grade::kWeaker, "rsync", "not on PATH",
            "`mlflow run` on this server needs it: apt-get install rsync"};
}

Finding cgroup() {
    if (access("/sys/fs/cgroup/cgroup.controllers", W_OK) == 0)
        return {Finding::Grade::kGood, "limits of workers (memory, cores)", "cgroup v2", ""};
    if (access("/sys/fs/cgroup/memory", W_OK) == 0)
        return {Finding::Grade::kGood, "limits of workers (memory, cores)", "cgroup v1", ""};
    return {Finding::Grade::kWeaker, "limits of workers (memory, cores)", "rlimits",
            "cgroups may not be written by this user"};
}

Finding fuse() {
    if (access("/dev/fuse", R_OK | W_OK) == 0) return {Finding::Grade::kGood, "DBFS on a node that joins", "FUSE", ""};
    return {Finding::Grade::kWeaker, "DBFS on a node that joins", "/dev/fuse may not be opened",
            "`stoker node` of a machine that joined needs it, or --dbfs-root"};
}

int doctor() {
    const std::vector<Finding> findings{
        postgres(),
        program("python3", "environments of clusters (3.11 or newer)", "python3 python3-venv"),
        program("setpriv", "dropping privileges", "util-linux"),
        program("java", "Spark", "openjdk-17-jre-headless"),
        program("mvn", "Maven libraries", "maven"),
        program("git", "tasks from Git repositories", "git"),
        os_user("kernels", "stoker-kernel"),
        os_user("MLflow", "stoker-mlflow"),
        rsync(),
        landlock(),
        mounts(),
        fuse(),
        cgroup(),
    };
    bool missing = false;
    for (const Finding& finding : findings) {
        const char* mark = finding.grade == Finding::Grade::kGood     ? "ok     "
                           : finding.grade == Finding::Grade::kWeaker ? "weaker "
                                                                      : "MISSING";
        std::cout << mark << "  " << finding.what << ": " << finding.found;
        if (!finding.remedy.empty()) std::cout << "  (" << finding.remedy << ")";
        std::cout << '\n';
        missing = missing || finding.grade == Finding::Grade::kMissing;
    }
    return missing ? 1 : 0;
}
}  // namespace

void add_doctor_command(CLI::App& app, Action& action) {
    CLI::App* command = app.add_subcommand(
        "doctor", "What this machine has and lacks, and what that means; exit code 1 when something needed is missing");
    command->callback([&action] { action = doctor; });
}

}  // namespace stoker::cli
