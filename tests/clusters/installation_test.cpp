// Real uv and Maven against the machine's own package sources: the smallest package and artifact there are.
#include <barrier>
#include <fstream>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clusters/build_folder.h"
#include "clusters/environment.h"
#include "clusters/jars.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

fs::path& data_folder() {
    static fs::path folder;
    return folder;
}

class Installation : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        char name[] = "/tmp/stoker-installation-XXXXXX";
        data_folder() = mkdtemp(name);
        fs::permissions(data_folder(), fs::perms(0755));
        fs::create_directories(data_folder() / "dbfs");
    }
    static void TearDownTestSuite() { remove_folder(data_folder()); }

    static std::string kernel_user() {
        static const bool exists = getpwnam("stoker-kernel") != nullptr;  // getpwnam is for one thread
        if (geteuid() != 0) return "";
        return exists ? "stoker-kernel" : "nobody";
    }
    static EnvironmentBuilder::Settings settings() {
        EnvironmentBuilder::Settings settings;
        settings.data_folder = data_folder();
        settings.dbfs_root = data_folder() / "dbfs";
        settings.kernel_path = fs::absolute("workers/kernel");
        settings.kernel_user = kernel_user();
        return settings;
    }
    std::string failure(const std::vector<Library>& libraries) {
        try {
            builder.build({own_spark_versions().front(), libraries, {}, "ann"}, nullptr);
            return "built";
        } catch (const LibraryError& error) {
            return error.what();
        }
    }

    Children children;
    EnvironmentBuilder builder{children, settings()};
};

Library pypi(const std::string& package) {
    return {LibraryKind::kPypi, package, "", {}};
}

TEST_F(Installation, equal_requests_share_one_environment_that_is_read_only) {
    std::mutex mutex;
    std::vector<std::string> lines;
    std::vector<Environment> built(3);
    std::barrier together(3);
    {
        std::vector<std::jthread> threads;
        for (Environment& environment : built)
            threads.emplace_back([&] {
                EnvironmentBuilder own(children, settings());
                together.arrive_and_wait();
                environment = own.build({own_spark_versions().front(), {pypi("six==1.16.0")}, {}, "ann"},
                                        [&](InstallStage, const std::string& line) {
                                            std::lock_guard lock(mutex);
                                            lines.push_back(line);
                                        });
            });
    }
    EXPECT_EQ(built[0].hash, built[1].hash);
    EXPECT_EQ(built[0].hash, built[2].hash);
    EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                            [](const std::string& line) { return line.ends_with("of the runtime"); }),
              1);

    CommandResult result = run_command(
        children, command_line({built[0].python.string(), "-c",
                                "import six, pyspark, IPython, nbformat; print(six.__version__, pyspark.__version__)"},
                               machine_environ(), settings().kernel_user));
    EXPECT_EQ(result.output, "1.16.0 3.5.9\n");
    std::string folder = built[0].folder;
    EXPECT_NE(run_command(children, command_line({"sh", "-c", "touch " + folder + "/x " + folder + "/bin/x"},
                                                 machine_environ(), geteuid() == 0 ? settings().kernel_user : ""))
                  .status,
              0);
    EXPECT_FALSE(fs::exists(built[0].folder / ".scratch"));
}

TEST_F(Installation, a_package_that_does_not_resolve_is_named_and_nothing_is_left) {
    std::string message = failure({pypi("six"), pypi("six-no-such-package-stoker")});
    EXPECT_TRUE(message.starts_with("Library installation failed: pypi package six-no-such-package-stoker: "))
        << message;
    message = failure({pypi("six==0.0.0.1")});
    EXPECT_TRUE(message.starts_with("Library installation failed: pypi package six==0.0.0.1: ")) << message;
    std::ofstream(data_folder() / "dbfs/requirements.txt") << "six-no-such-package-stoker\n";
    message = failure({{LibraryKind::kRequirements, "dbfs:/requirements.txt", "", {}}});
    EXPECT_TRUE(message.starts_with("Library installation failed: requirements file dbfs:/requirements.txt: "))
        << message;
    for (const fs::directory_entry& entry : fs::directory_iterator(data_folder() / "environments"))
        EXPECT_TRUE(entry.path().filename() == ".locks" || fs::exists(entry.path() / ".ready")) << entry.path();
}

TEST_F(Installation, the_python_of_a_spark_version_makes_its_environments) {
    SparkVersion version = own_spark_versions().front();
    version.requirements = "six==1.16.0\n";
    const Environment by_default = builder.build({version, {}, {}, "ann"}, nullptr);
    version.python = data_folder() / "python3";
    fs::create_symlink("/usr/bin/python3", version.python);
    const Environment by_its_own = builder.build({version, {}, {}, "ann"}, nullptr);
    EXPECT_NE(by_its_own.hash, by_default.hash);
    CommandResult result =
        run_command(children, command_line({by_its_own.python.string(), "-c", "import six; print(six.__version__)"},
                                           machine_environ(), settings().kernel_user));
    EXPECT_EQ(result.output, "1.16.0\n");

    version.python = "/usr/bin/env";
    try {
        builder.build({version, {}, {}, "ann"}, nullptr);
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_TRUE(std::string(error.what()).starts_with("/usr/bin/env is no Python 3.11 or newer")) << error.what();
    }
}

/// A source distribution whose setup.py tries what `attempts` says, and tells what worked by its version.
std::string hostile_package(const std::string& attempts) {
    fs::path folder = data_folder() / "hostile";
    fs::create_directories(folder / "hostile-0");
    std::ofstream(folder / "hostile-0/setup.py")
        << "import os, setuptools\n"
           "worked = 0\n"
           "def attempt(act):\n"
           "    global worked\n"
           "    try:\n"
           "        act()\n"
           "        worked += 1\n"
           "    except Exception:\n"
           "        pass\n"
        << attempts << "setuptools.setup(name='hostile', version=f'0.{worked}')\n";
    fs::path archive = "/dev/shm/stoker-hostile-" + std::to_string(getpid()) + ".tar.gz";
    Children children;
    run_command(children,
                command_line({"tar", "-C", folder.string(), "-czf", archive.string(), "hostile-0"}, machine_environ()));
    remove_folder(folder);
    return archive;
}

TEST_F(Installation, code_of_a_library_reaches_nothing_but_its_environment) {
    fs::path secret = data_folder() / "connection.json", other = data_folder() / "workers/w/runs/k1";
    fs::create_directories(other);
    for (const fs::path& file : {secret, fs::path(other / "private.txt")}) {
        std::ofstream(file) << "secret";
        fs::permissions(file, fs::perms(0644));  // what the OS user alone would let it read
    }
    fs::path cache = "/var/cache/stoker/uv";
    if (geteuid() != 0) cache = fs::path(getenv("HOME")) / ".cache/uv";
    std::string attempts;
    const std::vector<std::string> acts{"open('" + secret.string() + "').read()",
                                        "os.listdir('" + data_folder().string() + "')",
                                        "open('" + (other / "private.txt").string() + "').read()",
                                        "open('/tmp/stoker-planted', 'w')",
                                        "os.listdir('" + cache.string() + "')",
                                        "open('" + (cache / "planted").string() + "', 'w')",
                                        "os.kill(" + std::to_string(getpid()) + ", 0)"};
    for (const std::string& act : acts) attempts += "attempt(lambda: " + act + ")\n";
    // What works is counted: a build has temporary files of its own.
    attempts += "import tempfile\nworked += 10 * bool(tempfile.NamedTemporaryFile())\n";
    std::string archive = hostile_package(attempts);
    std::ofstream(data_folder() / "dbfs/hostile.txt") << "hostile @ file://" << archive << "\n";
    Environment environment = builder.build(
        {own_spark_versions().front(), {{LibraryKind::kRequirements, "dbfs:/hostile.txt", "", {}}}, {}, "ann"},
        nullptr);
    CommandResult version =
        run_command(children, command_line({environment.python.string(), "-c",
                                            "import importlib.metadata; print(importlib.metadata.version('hostile'))"},
                                           machine_environ(), settings().kernel_user));
    fs::remove(archive);
    EXPECT_EQ(version.output, "0.10\n");
}

TEST_F(Installation, jars_are_resolved_once_and_without_what_was_excluded) {
    JarResolver jars(children, data_folder() / kClusterJars, builder);
    std::vector<Library> libraries{{LibraryKind::kMaven, "org.slf4j:slf4j-simple:1.7.36", "", {"org.slf4j:slf4j-api"}}};
    std::ofstream(data_folder() / "dbfs/own.jar") << "bytes";
    libraries.push_back({LibraryKind::kJar, "dbfs:/own.jar", "", {}});
    int resolved = 0;
    auto progress = [&](InstallStage, const std::string&) { ++resolved; };
    fs::path folder = jars.resolve(jar_request(libraries, {}), progress).folder;
    EXPECT_EQ(jars.resolve(jar_request(libraries, {}), progress).folder, folder);
    EXPECT_EQ(resolved, 1);
    EXPECT_TRUE(fs::exists(folder / "slf4j-simple-1.7.36.jar"));
    EXPECT_TRUE(fs::exists(folder / "own.jar"));
    EXPECT_FALSE(fs::exists(folder / "slf4j-api-1.7.36.jar"));
    EXPECT_FALSE(fs::exists(folder / ".project"));
}

TEST_F(Installation, a_jar_that_does_not_resolve_is_named) {
    JarResolver jars(children, data_folder() / kClusterJars, builder);
    std::vector<Library> libraries{{LibraryKind::kMaven, "org.slf4j:slf4j-api:1.7.36", "", {}},
                                   {LibraryKind::kMaven, "org.slf4j:no-such-stoker:1", "", {}}};
    try {
        jars.resolve(jar_request(libraries, {}), nullptr);
        FAIL() << "resolved";
    } catch (const LibraryError& error) {
        EXPECT_TRUE(std::string(error.what())
                        .starts_with("Library installation failed: maven library org.slf4j:no-such-stoker:1: "))
            << error.what();
    }
}

}  // namespace
}  // namespace stoker::clusters
