#pragma once
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "clusters/build_folder.h"
#include "clusters/catalog.h"
#include "clusters/library_files.h"
#include "clusters/uv.h"

namespace stoker::clusters {

/// Of a data folder: one folder an environment.
inline constexpr const char* kEnvironments = "environments";

/// What a Python environment is made of: the runtime of a Spark version, and over it what was asked for.
struct EnvironmentRequest {
    SparkVersion spark_version;
    std::vector<Library> libraries;         // maven and jar ones are passed over
    std::vector<std::string> requirements;  // a conda.yaml's pip part
    std::string reader;                     // who the cluster runs as: workspace files are read for this identity
};

struct Environment {
    std::string hash;
    std::filesystem::path folder;
    std::filesystem::path python;
    InUse in_use;
};

enum class InstallStage { kResolving, kInstalling };
/// With a line for a person: "Installing 61 Python packages". Called on the building thread.
using Progress = std::function<void(InstallStage stage, const std::string& line)>;

/// Makes environments under <data>/environments by uv; equal requests share one, which is read-only once built.
/// Thread-safe; blocks the calling thread. Used by nodes (libraries of clusters) and workers (libraries of tasks).
class EnvironmentBuilder {
  public:
    struct Settings {
        std::filesystem::path data_folder;
        std::filesystem::path dbfs_root;
        std::string kernel_user;  // builds run as this user, since a source distribution runs code; "" = the caller's
        std::filesystem::path python;       // unless the Spark version names one; "" = search
        std::filesystem::path uv;           // "" = search, else bootstrapped into <data>/tools
        std::filesystem::path uv_cache;     // "" = shared by data folders
        std::filesystem::path kernel_path;  // folder that holds stoker_kernel/, by which builds are confined
        std::function<std::optional<std::string>(const std::string& reader, const std::string& path)> workspace_file;
    };
    /// `children` must outlive it.
    EnvironmentBuilder(Children& children, Settings settings);

    /// Throws LibraryError naming the library at fault, Stopped, or std::runtime_error for the machine's own trouble.
    Environment build(const EnvironmentRequest& request, const Progress& progress, const std::stop_token& stop = {});

    /// Removes what killed builds left behind.
    void clean_up();

    const LibrarySources& sources() const { return sources_; }
    /// Throws std::runtime_error when this machine has no Python for it.
    Confinement confinement(const std::stop_token& stop);

  private:
    /// `python`: the interpreter that is asked for; "" = the node's.
    const PythonTools& tools(const std::filesystem::path& python, const std::stop_token& stop);

    Children& children_;
    Settings settings_;
    PythonToolSettings tool_settings_;
    LibrarySources sources_;
    std::mutex mutex_;
    std::map<std::filesystem::path, PythonTools> tools_;  // by the interpreter asked for; protected by mutex_
};

/// The text that the hash is made of: equal for requests that mean the same. `contents` are those of the files named by
/// whl and requirements libraries, in order.
std::string environment_hash(const EnvironmentRequest& request, const std::vector<std::string>& contents,
                             const PythonTools& tools);

/// The pip part of a conda.yaml. Throws std::runtime_error when the text is no such file.
std::vector<std::string> conda_pip_requirements(const std::string& conda_yaml);

/// Which of the libraries an installer's message speaks of; nullptr when it names none.
const Library* library_named_in(const std::vector<const Library*>& libraries, const std::string& message);

}  // namespace stoker::clusters
