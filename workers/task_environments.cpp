#include "workers/task_environments.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "db/library_store.h"
#include "workers/run_refused.h"

namespace stoker::workers {
namespace net = boost::asio;

namespace {
/// Blocks the thread that it runs on.
net::awaitable<clusters::Environment> build_here(clusters::EnvironmentBuilder& builder,
                                                 clusters::EnvironmentRequest request, std::stop_token stop) {
    co_return builder.build(
        request, [](clusters::InstallStage, const std::string& line) { spdlog::info("{}", line); }, stop);
}

/// Likewise.
net::awaitable<clusters::Jars> resolve_here(clusters::JarResolver& jars, std::vector<clusters::Library> libraries,
                                            std::string reader, std::stop_token stop) {
    clusters::JarRequest request = clusters::jar_request(libraries, {});
    request.reader = std::move(reader);
    co_return jars.resolve(
        request, [](clusters::InstallStage, const std::string& line) { spdlog::info("{}", line); }, stop);
}

/// Likewise.
net::awaitable<std::filesystem::path> resolve_delta_lake_here(clusters::JarResolver& jars, std::string coordinates,
                                                              std::stop_token stop) {
    // Spark ships its own.
    const clusters::JarRequest request = clusters::maven_request({coordinates}, {"org.antlr:antlr4-runtime"});
    const auto tell = [](clusters::InstallStage, const std::string& line) { spdlog::info("Delta Lake: {}", line); };
    co_return jars.resolve(request, tell, stop).folder;
}

bool is_jar(const clusters::Library& library) {
    return library.kind == clusters::LibraryKind::kMaven || library.kind == clusters::LibraryKind::kJar;
}
}  // namespace

TaskEnvironments::TaskEnvironments(KernelHost& host, Driver& driver, db::Pool& pool)
    : host_(host),
      driver_(driver),
      own_(std::make_unique<ZygoteTree>(host, host.launch.python, driver, "")),
      of_cluster_(clusters::libraries_of(host.launch.libraries)) {
    clusters::EnvironmentBuilder::Settings settings;
    settings.data_folder = host.launch.data_folder;
    settings.dbfs_root = host.launch.dbfs_root;
    settings.kernel_user = host.launch.kernel_user;
    settings.kernel_path = host.launch.kernel_path;
    settings.workspace_file = [&pool](const std::string& reader, const std::string& path) {
        return pool.run_blocking([&](db::Transaction& tx) { return db::read_library_file(tx, reader, path); });
    };
    builder_ = std::make_unique<clusters::EnvironmentBuilder>(host.children, std::move(settings));
    const std::filesystem::path& data = host.launch.data_folder;
    jars_ = std::make_unique<clusters::JarResolver>(host.children, data / clusters::kClusterJars, *builder_);
    spark_jars_ = std::make_unique<clusters::JarResolver>(host.children, data / clusters::kSparkJars, *builder_);
    hold(host.launch);
}

/// The node may look for what nobody uses while runs of this worker still do.
void TaskEnvironments::hold(const clusters::WorkerLaunch& launch) {
    const auto environment = launch.python.parent_path().parent_path();
    if (environment.parent_path() == launch.data_folder / clusters::kEnvironments)
        in_use_.push_back(clusters::hold_build_folder(environment));
    if (!launch.jars_folder.empty()) in_use_.push_back(clusters::hold_build_folder(launch.jars_folder));
}

net::awaitable<void> TaskEnvironments::renew(clusters::WorkerLaunch renewed) {
    hold(renewed);
    const bool same = renewed.python == host_.launch.python && renewed.jars_folder == host_.launch.jars_folder;
    std::unique_ptr<ZygoteTree> next;
    if (!same) {
        next = std::make_unique<ZygoteTree>(host_, renewed.python, driver_, renewed.jars_folder);
        next->start();
        const auto end = host_.clock.monotonic() + host_.settings.kernel_wait;
        const bool alive = co_await next->ready(end);
        if (!alive) {
            next->end_at_once();
            left_.push_back(std::move(next));
            throw std::runtime_error("no Python process comes to life in the environment " + renewed.python.string());
        }
    }
    host_.take_libraries(renewed);
    of_cluster_ = clusters::libraries_of(renewed.libraries);
    for (auto& [key, tree] : others_) {
        tree->leave();
        left_.push_back(std::move(tree));
    }
    others_.clear();
    if (same) co_return;
    own_->leave();
    left_.push_back(std::exchange(own_, std::move(next)));
    own_->grow_imports();
    const bool had_driver = driver_.started();
    driver_.renew(renewed.python);
    if (had_driver) driver_.start();
}

TaskEnvironments::~TaskEnvironments() {
    stopping_.request_stop();
    building_.join();
}

std::vector<clusters::Library> missing_libraries(const std::vector<clusters::Library>& wanted,
                                                 const std::vector<clusters::Library>& of_cluster) {
    std::vector<clusters::Library> missing;
    for (const clusters::Library& library : wanted) {
        if (std::find(of_cluster.begin(), of_cluster.end(), library) == of_cluster.end()) missing.push_back(library);
    }
    return missing;
}

net::awaitable<ZygoteTree*> TaskEnvironments::tree_for(nlohmann::json libraries) {
    if (libraries.empty()) co_return own_.get();
    const auto missing = missing_libraries(clusters::libraries_of(libraries.dump()), of_cluster_);
    if (missing.empty()) co_return own_.get();
    for (const clusters::Library& library : missing) {
        if (is_jar(library)) {
            throw RunRefused(
                library_failed("Library installation failed: " + clusters::describe(library) +
                               ": jars must be libraries of the cluster, since its Spark driver runs already"));
        }
    }
    const std::filesystem::path python = co_await python_for(missing);
    co_return &tree_of(python, "");
}

net::awaitable<TaskEnvironments::WithJars> TaskEnvironments::tree_with_jars_for(nlohmann::json libraries) {
    auto packages = missing_libraries(clusters::libraries_of(libraries.dump()), of_cluster_);
    const auto first_jar = std::stable_partition(packages.begin(), packages.end(),
                                                 [](const clusters::Library& library) { return !is_jar(library); });
    const std::vector<clusters::Library> jars(first_jar, packages.end());
    packages.erase(first_jar, packages.end());
    std::filesystem::path python = host_.launch.python;
    if (!packages.empty()) python = co_await python_for(packages);
    std::filesystem::path folder;
    if (!jars.empty()) folder = co_await resolve(jars);
    WithJars found;
    found.tree = &tree_of(python, folder);
    // The task's own come first: they are what its author has chosen.
    for (const std::filesystem::path& path : {folder, host_.launch.jars_folder}) {
        if (!path.empty()) found.jars.push_back(path);
    }
    try {
        found.jars = co_await with_delta_lake(std::move(found.jars));
    } catch (const std::exception& error) {
        throw RunRefused(no_kernel(error.what()));
    }
    co_return found;
}

net::awaitable<std::vector<std::filesystem::path>> TaskEnvironments::driver_jars() {
    std::vector<std::filesystem::path> jars;
    if (!host_.launch.jars_folder.empty()) jars.push_back(host_.launch.jars_folder);
    co_return co_await with_delta_lake(std::move(jars));
}

net::awaitable<std::vector<std::filesystem::path>> TaskEnvironments::with_delta_lake(
    std::vector<std::filesystem::path> jars) {
    if (std::any_of(jars.begin(), jars.end(), clusters::holds_delta_lake)) co_return jars;
    auto resolving = resolve_delta_lake_here(*spark_jars_, host_.launch.spark.delta_lake, stopping_.get_token());
    std::filesystem::path folder = co_await net::co_spawn(building_, std::move(resolving), net::use_awaitable);
    jars.push_back(std::move(folder));
    co_return jars;
}

ZygoteTree& TaskEnvironments::tree_of(const std::filesystem::path& python, const std::filesystem::path& jars) {
    if (python == host_.launch.python && jars.empty()) return *own_;
    auto& tree = others_[python.string() + ":" + jars.string()];
    if (!tree) {
        spdlog::info("zygotes for tasks python={} jars={}", python.string(), jars.string());
        tree = std::make_unique<ZygoteTree>(host_, python, driver_, jars);
        tree->start();
        // Beside jars nothing is imported: their code runs elsewhere.
        if (jars.empty()) tree->grow_imports();
    }
    return *tree;
}

net::awaitable<std::filesystem::path> TaskEnvironments::python_for(std::vector<clusters::Library> missing) {
    std::vector<clusters::Library> all = of_cluster_;
    all.insert(all.end(), missing.begin(), missing.end());
    try {
        const clusters::Environment environment = co_await build(std::move(all));
        in_use_.push_back(environment.in_use);
        co_return environment.python;
    } catch (const clusters::LibraryError& error) {
        throw RunRefused(library_failed(error.what()));
    } catch (const std::exception& error) {
        throw RunRefused(no_kernel(std::string("The environment of the task could not be made: ") + error.what()));
    }
}

net::awaitable<std::filesystem::path> TaskEnvironments::resolve(std::vector<clusters::Library> libraries) {
    auto resolving = resolve_here(*jars_, std::move(libraries), host_.launch.run_as_user_name, stopping_.get_token());
    try {
        const clusters::Jars jars = co_await net::co_spawn(building_, std::move(resolving), net::use_awaitable);
        in_use_.push_back(jars.in_use);
        co_return jars.folder;
    } catch (const clusters::LibraryError& error) {
        throw RunRefused(library_failed(error.what()));
    } catch (const std::exception& error) {
        throw RunRefused(no_kernel(std::string("The jars of the task could not be had: ") + error.what()));
    }
}

net::awaitable<clusters::Environment> TaskEnvironments::build(std::vector<clusters::Library> libraries) {
    clusters::EnvironmentRequest request;
    request.spark_version = host_.launch.spark;
    request.libraries = std::move(libraries);
    request.reader = host_.launch.run_as_user_name;
    auto building = build_here(*builder_, std::move(request), stopping_.get_token());
    co_return co_await net::co_spawn(building_, std::move(building), net::use_awaitable);
}

std::vector<ZygoteTree*> TaskEnvironments::trees() const {
    std::vector<ZygoteTree*> all{own_.get()};
    for (const auto& [hash, tree] : others_) all.push_back(tree.get());
    for (const auto& tree : left_) all.push_back(tree.get());
    return all;
}

void TaskEnvironments::driver_died() {
    for (ZygoteTree* tree : trees()) tree->driver_died();
}
void TaskEnvironments::wake() {
    for (ZygoteTree* tree : trees()) tree->wake();
}
void TaskEnvironments::shrink_pools() {
    for (ZygoteTree* tree : trees()) tree->shrink_pools();
}
void TaskEnvironments::stop() {
    stopping_.request_stop();
    for (ZygoteTree* tree : trees()) tree->stop();
}
void TaskEnvironments::end_at_once() {
    stop();
    for (ZygoteTree* tree : trees()) tree->end_at_once();
}

}  // namespace stoker::workers
