#include "clusters/jars.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include <pwd.h>
#include <unistd.h>

#include "core/hash.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;
constexpr int kRecipe = 1;
constexpr const char* kCopyDependencies = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies";

// What pyspark ships itself: a second copy beside it would clash. The list is that of Spark's own resolver; other parts
// of Spark (connectors) are libraries like any other.
constexpr std::array kSparkParts{"catalyst",    "core",           "graphx",          "kvstore", "launcher", "mllib",
                                 "mllib-local", "network-common", "network-shuffle", "repl",    "sketch",   "sql",
                                 "streaming",   "tags",           "unsafe"};

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, ',');) {
        part.erase(0, part.find_first_not_of(" \t\n"));
        part.erase(part.find_last_not_of(" \t\n") + 1);
        if (!part.empty()) parts.push_back(part);
    }
    return parts;
}

std::vector<std::string> conf_list(const std::map<std::string, std::string>& spark_conf, const std::string& key) {
    auto found = spark_conf.find(key);
    return found == spark_conf.end() ? std::vector<std::string>{} : split(found->second);
}

std::string escaped(std::string_view text) {
    std::string result;
    for (char c : text) {
        if (c == '&')
            result += "&amp;";
        else if (c == '<')
            result += "&lt;";
        else if (c == '>')
            result += "&gt;";
        else
            result.push_back(c);
    }
    return result;
}

std::string element(const char* name, std::string_view text) {
    return std::string("<") + name + ">" + escaped(text) + "</" + name + ">";
}

std::string exclusion_element(std::string_view exclusion) {
    auto colon = exclusion.find(':');
    return "<exclusion>" + element("groupId", exclusion.substr(0, colon)) +
           element("artifactId", exclusion.substr(colon + 1)) + "</exclusion>";
}

std::string name_of(const MavenCoordinates& coordinates) {
    return coordinates.group + ":" + coordinates.artifact + ":" + coordinates.version;
}

[[noreturn]] void fail(const JarRequest& request, const std::string& why) {
    for (const JarRequest::Maven& one : request.maven) {
        if (request.maven.size() > 1 &&
            why.find(one.coordinates.group + ":" + one.coordinates.artifact) == std::string::npos)
            continue;
        if (one.library) throw LibraryError(*one.library, why);
        throw LibraryError("Library installation failed: maven library " + name_of(one.coordinates) + ": " + why);
    }
    throw LibraryError("Library installation failed: maven libraries: " + why);
}

/// What Java calls user.home, where Maven looks.
fs::path home_folder() {
    const passwd* user = getpwuid(geteuid());
    return user && *user->pw_dir ? user->pw_dir : "/";
}

/// Where Maven keeps what it has downloaded: as its settings say, else in the home folder.
fs::path local_repository() {
    constexpr std::string_view kElement = "<localRepository>";
    for (const fs::path& settings : {home_folder() / ".m2/settings.xml", fs::path("/etc/maven/settings.xml")}) {
        std::ifstream stream(settings);
        std::string text((std::istreambuf_iterator<char>(stream)), {});
        for (std::size_t at; (at = text.find("<!--")) != std::string::npos;) text.erase(at, text.find("-->", at) - at);
        auto begin = text.find(kElement);
        if (begin == std::string::npos) continue;
        begin += kElement.size();
        return text.substr(begin, text.find('<', begin) - begin);
    }
    return home_folder() / ".m2/repository";
}

void write_jar(const fs::path& folder, const Library& library, const std::string& content) {
    fs::path file = folder / library.name.substr(library.name.rfind('/') + 1);
    std::ofstream stream(file, std::ios::binary);
    stream << content;
    stream.close();
    if (!stream) throw std::runtime_error(file.string() + " cannot be written.");
}

}  // namespace

JarRequest jar_request(const std::vector<Library>& libraries, const std::map<std::string, std::string>& spark_conf) {
    JarRequest request;
    std::vector<std::string> excludes = conf_list(spark_conf, "spark.jars.excludes");
    std::erase_if(excludes, [](const std::string& one) { return one.find(':') == std::string::npos; });
    request.repositories = conf_list(spark_conf, "spark.jars.repositories");
    for (const std::string& package : conf_list(spark_conf, "spark.jars.packages"))
        if (auto coordinates = parse_maven_coordinates(package))
            request.maven.push_back({*coordinates, excludes, nullptr});
    for (const Library& library : libraries) {
        if (library.kind == LibraryKind::kJar) request.files.push_back(&library);
        if (library.kind != LibraryKind::kMaven) continue;
        std::vector<std::string> exclusions = library.exclusions;
        exclusions.insert(exclusions.end(), excludes.begin(), excludes.end());
        request.maven.push_back({parse_maven_coordinates(library.name).value(), exclusions, &library});
        if (!library.repo.empty()) request.repositories.push_back(library.repo);
    }
    return request;
}

JarRequest maven_request(const std::vector<std::string>& coordinates, const std::vector<std::string>& exclusions) {
    JarRequest request;
    for (const std::string& one : coordinates)
        request.maven.push_back({parse_maven_coordinates(one).value(), exclusions, nullptr});
    return request;
}

bool holds_delta_lake(const fs::path& jars_folder) {
    std::error_code none;
    for (const fs::directory_entry& jar : fs::directory_iterator(jars_folder, none)) {
        const std::string name = jar.path().filename();
        if (name.starts_with("delta-spark_") || name.starts_with("delta-core_")) return true;
    }
    return false;
}

JarResolver::JarResolver(Children& children, fs::path folder, EnvironmentBuilder& environments, fs::path mvn)
    : children_(children),
      folder_(std::move(folder)),
      environments_(environments),
      mvn_(mvn.empty() ? fs::path("mvn") : std::move(mvn)) {}

Jars JarResolver::resolve(const JarRequest& request, const Progress& progress, const std::stop_token& stop) {
    if (request.empty()) return {};
    std::vector<std::string> contents;
    for (const Library* library : request.files)
        contents.push_back(read_library_file(environments_.sources(), children_, environments_.confinement(stop),
                                             request.reader, *library, stop));
    BuildFolder folder(folder_, jars_hash(request, contents));
    InUse in_use = folder.make_once(
        [&](const fs::path& path) {
            for (std::size_t i = 0; i < request.files.size(); ++i) write_jar(path, *request.files[i], contents[i]);
            if (!request.maven.empty()) {
                if (progress)
                    progress(InstallStage::kResolving,
                             "Resolving " + std::to_string(request.maven.size()) + " Maven libraries");
                run_maven(request, path, stop);
            }
            make_read_only(path);
        },
        stop);
    return {folder.path(), std::move(in_use)};
}

void JarResolver::run_maven(const JarRequest& request, const fs::path& folder, const std::stop_token& stop) {
    fs::path project = folder / ".project";
    fs::create_directory(project);
    std::ofstream(project / "pom.xml") << maven_project(request);
    std::vector<std::string> argv{mvn_.string(),
                                  "-B",
                                  "-q",
                                  "-U",
                                  "-Dstyle.color=never",
                                  "-f",
                                  (project / "pom.xml").string(),
                                  kCopyDependencies,
                                  "-DincludeScope=runtime",
                                  "-DoverWriteIfNewer=false",
                                  "-DoutputDirectory=" + folder.string()};
    Reach reach{operator_settings(machine_environ()), {folder}};
    reach.read.push_back(home_folder() / ".m2");
    if (request.repositories.empty()) {
        reach.write.push_back(local_repository());
        fs::create_directories(reach.write.back());
    } else {
        argv.push_back("-Dmaven.repo.local=" + (project / "repository").string());
    }
    SpawnRequest mvn = command_line(std::move(argv), machine_environ());
    mvn.environ["MAVEN_OPTS"] += " -Djava.io.tmpdir=" + project.string();
    mvn.working_folder = project;
    CommandResult result =
        run_command(children_, confined(std::move(mvn), environments_.confinement(stop), reach), nullptr, stop);
    if (result.status == kProgramNotFound)
        throw std::runtime_error("Maven (" + mvn_.string() + ") was not found: install maven.");
    if (result.status != 0) {
        refuse_full_disk(result.output, folder_);
        fail(request, maven_error(result.output));
    }
    fs::remove_all(project);
}

void JarResolver::clean_up() {
    remove_unfinished(folder_);
}

std::string jars_hash(const JarRequest& request, const std::vector<std::string>& contents) {
    nlohmann::json asked = {{"recipe", kRecipe}, {"project", maven_project(request)}};
    for (std::size_t i = 0; i < request.files.size(); ++i)
        asked["files"].push_back({request.files[i]->name, sha256_hex(contents.at(i))});
    return sha256_hex(asked.dump()).substr(0, 32);
}

std::string maven_project(const JarRequest& request) {
    std::vector<std::string> shipped{"org.scala-lang:scala-library", "org.scala-lang:scala-reflect"};
    for (const char* part : kSparkParts) shipped.push_back("org.apache.spark:spark-" + std::string(part) + "_2.12");
    std::string text =
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n<modelVersion>4.0.0</modelVersion>"
        "<groupId>stoker</groupId><artifactId>cluster</artifactId><version>1</version><packaging>pom</packaging>\n";
    text += "<repositories>";
    for (std::size_t i = 0; i < request.repositories.size(); ++i)
        text += "<repository>" + element("id", "library-" + std::to_string(i)) +
                element("url", request.repositories[i]) + "</repository>\n";
    text += "</repositories>\n<dependencies>\n";
    for (const JarRequest::Maven& one : request.maven) {
        const MavenCoordinates& at = one.coordinates;
        text += "<dependency>" + element("groupId", at.group) + element("artifactId", at.artifact) +
                element("version", at.version) + element("type", at.packaging);
        if (!at.classifier.empty()) text += element("classifier", at.classifier);
        text += "<exclusions>";
        for (const std::string& exclusion : one.exclusions) text += exclusion_element(exclusion);
        for (const std::string& exclusion : shipped) text += exclusion_element(exclusion);
        text += "</exclusions></dependency>\n";
    }
    return text + "</dependencies>\n</project>\n";
}

std::string maven_error(std::string_view output) {
    constexpr std::string_view kProject = "for project stoker:cluster:pom:1: ";
    std::istringstream lines{std::string(output)};
    std::string first;
    for (std::string line; std::getline(lines, line);) {
        auto mark = line.find("[ERROR] ");  // the JVM may print an escape sequence before it
        if (mark == std::string::npos) continue;
        line.erase(0, mark + 8);
        line.erase(std::min(line.find(" -> [Help"), line.size()));
        if (auto at = line.find(kProject); at != std::string::npos) return line.substr(at + kProject.size());
        if (first.empty()) first = line;
    }
    if (first.empty()) first = std::string(output.substr(0, output.find('\n')));
    return first.empty() ? "mvn failed and said nothing." : first;
}

}  // namespace stoker::clusters
