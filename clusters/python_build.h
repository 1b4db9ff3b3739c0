#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "clusters/environment.h"
#include "clusters/uv.h"

namespace stoker::clusters {

/// What goes into one environment, files read.
struct PythonBuild {
    struct Item {
        const Library* library;
        std::string content;  // of a whl or requirements library's file
    };
    std::string runtime;  // requirements text
    std::vector<std::string> requirements;
    std::vector<Item> libraries;
};

/// Fills an empty folder with a virtual environment: the runtime first, then the libraries over it, which may change
/// the runtime's versions as they may on the reference. A source distribution runs its code here, so all of it is
/// confined to the folder; only the pinned runtime goes through the cache that builds share.
class PythonBuilder {
  public:
    PythonBuilder(Children& children, const PythonTools& tools, Confinement confinement,
                  std::map<std::string, std::string> environment, std::string os_user, Progress progress,
                  std::stop_token stop);
    void make(const PythonBuild& build, const std::filesystem::path& folder);

  private:
    /// One uv command for libraries of the same index.
    struct Step {
        std::vector<std::string> arguments;
        std::vector<const Library*> libraries;
        bool is_runtime = false;
    };
    std::vector<Step> steps_of(const PythonBuild& build) const;
    void give_to_builder(const std::filesystem::path& path) const;
    std::filesystem::path write_scratch(const std::string& name, const std::string& content) const;
    CommandResult uv(std::vector<std::string> arguments, bool with_libraries, const OnLine& on_line = nullptr) const;
    CommandResult try_install(const Step& step, const std::vector<std::string>& options) const;
    void install(const Step& step, const std::vector<std::string>& options) const;

    Children& children_;
    const PythonTools& tools_;
    const Confinement confinement_;
    std::map<std::string, std::string> environment_;
    std::string os_user_;
    Progress progress_;
    std::stop_token stop_;
    std::filesystem::path folder_;
    std::filesystem::path python_;   // of the environment being made
    std::filesystem::path scratch_;  // inside the environment; removed before it is ready
};

}  // namespace stoker::clusters
