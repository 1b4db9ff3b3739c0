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

struct Jars {
    std::filesystem::path folder;  // "" when nothing was asked for
    InUse in_use;
};

/// Resolves jars once into <data>/jars/<hash>/ through the machine's own Maven and its settings. Equal requests share
/// one folder. Maven is confined to it and to the local repository; requests that name repositories of their own, whose
/// word on an artifact holds for nobody else, get a local repository of their own too. Thread-safe; blocks the thread.
class JarResolver {
  public:
    /// `children` and `environments` must outlive it. `mvn`: "" = on PATH.
    JarResolver(Children& children, std::filesystem::path data_folder, EnvironmentBuilder& environments,
                std::filesystem::path mvn = {});

    /// Throws LibraryError naming the library at fault, Stopped, or std::runtime_error for the machine's own trouble.
    Jars resolve(const JarRequest& request, const Progress& progress, const std::stop_token& stop = {});

    void clean_up();

  private:
    void run_maven(const JarRequest& request, const std::filesystem::path& folder, const std::stop_token& stop);

    Children& children_;
    std::filesystem::path data_folder_;
    EnvironmentBuilder& environments_;  // where library files come from, and how Maven is confined
    std::filesystem::path mvn_;
};

std::string jars_hash(const JarRequest& request, const std::vector<std::string>& contents);
/// The project that Maven copies the dependencies of.
std::string maven_project(const JarRequest& request);
/// The sentence of Maven's output that says what is wrong.
std::string maven_error(std::string_view output);

}  // namespace stoker::clusters
