#include "workers/kernel_host.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <boost/asio/post.hpp>
#include <grp.h>
#include <pwd.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "clusters/command.h"
#include "clusters/gpus.h"

namespace stoker::workers {
namespace fs = std::filesystem;
namespace {

passwd user_of(const std::string& name, std::vector<char>& buffer) {
    passwd entry{};
    passwd* found = nullptr;
    buffer.resize(16384);
    if (const int error = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found); !found) {
        throw std::system_error(error ? error : ENOENT, std::generic_category(), "OS user " + name);
    }
    return entry;
}

std::string java_home() {
    if (const char* set = std::getenv("JAVA_HOME"); set && *set) return set;
    std::error_code error;
    const fs::path java = fs::canonical("/usr/bin/java", error);
    return error ? std::string() : java.parent_path().parent_path().string();
}

}  // namespace

KernelHost::KernelHost(boost::asio::any_io_executor io, WorkerSettings worker_settings, const Clock& worker_clock)
    : settings_(std::move(worker_settings)),
      clock(worker_clock),
      executor(io),
      tasks(io),
      kernel_uid(::geteuid()),
      kernel_gid(::getegid()) {
    if (!launch.kernel_user.empty()) {
        std::vector<char> buffer;
        const passwd user = user_of(launch.kernel_user, buffer);
        kernel_uid = user.pw_uid;
        kernel_gid = user.pw_gid;
    }
    // Elsewhere the groups are those of who provides the machine: what leaves them is out of its hands.
    if (launch.provider == clusters::kLocalProvider) cgroups = CgroupRoot::open(launch.worker_id);
}

KernelHost::~KernelHost() {
    chores_.join();
    if (cgroups) cgroups->remove();
}

void KernelHost::take_libraries(const clusters::WorkerLaunch& renewed) {
    if (launch.cluster_id.empty()) {
        settings_.launch = renewed;
        return;
    }
    settings_.launch.python = renewed.python;
    settings_.launch.jars_folder = renewed.jars_folder;
    settings_.launch.libraries = renewed.libraries;
}

bool KernelHost::take_oom_kill() {
    if (!launch.limits_by.starts_with("cgroup")) return false;
    if (clusters::WorkerGroup(launch.worker_id).oom_kills() <= told_oom_kills_) return false;
    ++told_oom_kills_;
    return true;
}

void KernelHost::prepare_folders() {
    for (const fs::path& folder :
         {launch.work_folder, runs_folder(), models_folder(), checkouts_folder(), init_scripts_folder()}) {
        fs::create_directories(folder);
        fs::permissions(folder, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
    }
    make_private_folder(launch.work_folder / "home");
    make_private_folder(databricks_folder());
}

void KernelHost::make_private_folder(const fs::path& folder) const {
    fs::create_directories(folder);
    fs::permissions(folder, fs::perms::owner_all);
    if (::chown(folder.c_str(), kernel_uid, kernel_gid) != 0 && kernel_uid != ::geteuid()) {
        throw std::system_error(errno, std::generic_category(), "chown " + folder.string());
    }
}

namespace {

/// How this machine reaches the world and packages: what names no user and password, since all code may read it.
std::map<std::string, std::string> open_settings() {
    constexpr std::array kForPackages{"REQUESTS_CA_BUNDLE", "PIP_CERT", "PIP_INDEX_URL",   "PIP_EXTRA_INDEX_URL",
                                      "PIP_FIND_LINKS",     "UV_INDEX", "UV_DEFAULT_INDEX"};
    auto settings = clusters::network_environ();
    const auto machine = clusters::machine_environ();
    for (const char* name : kForPackages)
        if (const auto found = machine.find(name); found != machine.end()) settings.insert(*found);
    std::erase_if(settings, [](const auto& entry) { return entry.second.find('@') != std::string::npos; });
    return settings;
}

}  // namespace

std::map<std::string, std::string> KernelHost::python_environ(const fs::path& python) const {
    std::map<std::string, std::string> environ = open_settings();
    const std::string java = java_home();
    std::string path = python.parent_path().string();
    if (!java.empty()) {
        environ["JAVA_HOME"] = java;
        path += ":" + java + "/bin";
    }
    environ["PATH"] = path + ":/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
    if (!launch.ca_bundle.empty())
        for (const char* name : {"REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"})
            environ[name] = launch.ca_bundle.string();
    environ["LANG"] = "C.UTF-8";
    environ["TZ"] = "UTC";
    environ["HOME"] = (launch.work_folder / "home").string();
    if (!launch.kernel_user.empty()) environ["USER"] = environ["LOGNAME"] = launch.kernel_user;
    environ["VIRTUAL_ENV"] = python.parent_path().parent_path().string();
    environ["PYSPARK_PYTHON"] = environ["PYSPARK_DRIVER_PYTHON"] = python.string();
    environ["DATABRICKS_RUNTIME_VERSION"] = launch.spark.runtime;
    // Those that the node, Slurm or the kubelet has given the worker.
    if (const char* gpus = std::getenv(clusters::kVisibleGpus)) environ[clusters::kVisibleGpus] = gpus;
    // The cluster's own variables may replace any of the above, none of what the kernel itself needs.
    for (const auto& [name, value] : launch.spark_env_vars) environ[name] = value;
    environ["PYTHONPATH"] = launch.kernel_path.string();
    environ["STOKER_CA_BUNDLE"] = launch.ca_bundle.string();
    environ["STOKER_DBFS_ROOT"] = launch.dbfs_root.string();
    return environ;
}

void KernelHost::later(std::function<void()> chore) {
    boost::asio::post(chores_, [chore = std::move(chore)] {
        try {
            chore();
        } catch (const std::exception& error) {
            spdlog::warn("housekeeping failed error=\"{}\"", error.what());
        }
    });
}

void KernelHost::end_strays() {
    if (const int ended = children.end_strays()) spdlog::info("orphaned processes ended count={}", ended);
}

}  // namespace stoker::workers
