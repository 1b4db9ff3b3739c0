#pragma once
#include <filesystem>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "clusters/environment.h"

namespace stoker::clusters {

/// Maven libraries, spark.jars.packages and jar libraries of one cluster.
struct JarRequest {
    struct Maven {
        MavenCoordinates coordinates;
        std::vector<std::string> exclusions;
        const Library* library = nullptr;  // nullptr: from spark.jars.packages
    };
    std::vector<Maven> maven;
    std::vector<std::string> repositories;  // beside those of the machine's Maven settings
    std::vector<const Library*> files;
    std::string reader;  // who the cluster runs as: workspace files are read for this identity
    bool empty() const { return maven.empty() && files.empty(); }
};
/// From libraries and spark_conf (spark.jars.packages, spark.jars.excludes, spark.jars.repositories); excludes hold for
/// all. `libraries` must outlive the result.
JarRequest jar_request(const std::vector<Library>& libraries, const std::map<std::string, std::string>& spark_conf);

/// Maven libraries of our own choice.
JarRequest maven_request(const std::vector<std::string>& coordinates, const std::vector<std::string>& exclusions);
/// Whether somebody's libraries bring Delta Lake along, of a version of their own.
bool holds_delta_lake(const std::filesystem::path& jars_folder);

struct Jars {
    std::filesystem::path folder;  // "" when nothing was asked for
    InUse in_use;
};

/// Resolves jars once into <folder>/<hash>/ through the machine's own Maven and its settings. Equal requests share
/// one folder. Maven is confined to it and to the local repository; requests that name repositories of their own, whose
/// word on an artifact holds for nobody else, get a local repository of their own too. Thread-safe; blocks the thread.
class JarResolver {
  public:
    /// `children` and `environments` must outlive it. `folder`: the data folder's kClusterJars or kSparkJars. `mvn`: ""
    /// = on PATH.
    JarResolver(Children& children, std::filesystem::path folder, EnvironmentBuilder& environments,
                std::filesystem::path mvn = {});

    /// Throws LibraryError naming the library at fault, Stopped, or std::runtime_error for the machine's own trouble.
    Jars resolve(const JarRequest& request, const Progress& progress, const std::stop_token& stop = {});

    void clean_up();

  private:
    void run_maven(const JarRequest& request, const std::filesystem::path& folder, const std::stop_token& stop);

    Children& children_;
    std::filesystem::path folder_;
    EnvironmentBuilder& environments_;  // where library files come from, and how Maven is confined
    std::filesystem::path mvn_;
};

/// Of the data folder: what definitions ask for, read by kernels of their cluster alone.
inline constexpr const char* kClusterJars = "jars";
/// What every cluster of a Spark version has.
inline constexpr const char* kSparkJars = "spark_jars";

std::string jars_hash(const JarRequest& request, const std::vector<std::string>& contents);
/// The project that Maven copies the dependencies of.
std::string maven_project(const JarRequest& request);
/// The sentence of Maven's output that says what is wrong.
std::string maven_error(std::string_view output);

}  // namespace stoker::clusters
