#include "workers/driver.h"

#include <fstream>
#include <system_error>

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clusters/confinement.h"
#include "workers/child_process.h"

namespace stoker::workers {
namespace net = boost::asio;
using Json = nlohmann::json;

namespace {

Json refusal(const std::string& message) {
    return {{"ok", false}, {"error", message}};
}

/// What the sessions of a driver have that was started before a cluster had its worker.
Json session_conf(const clusters::WorkerLaunch& launch) {
    Json conf = Json::object();
    for (const auto& [key, value] : launch.spark_conf)
        if (key.starts_with("spark.databricks.")) conf[key] = value;
    conf["spark.databricks.clusterUsageTags.clusterId"] = launch.cluster_id;
    conf["spark.databricks.clusterUsageTags.clusterName"] = launch.cluster_name;
    return conf;
}

}  // namespace

Driver::Driver(KernelHost& host, std::filesystem::path python, Settings settings, OnDeath on_death)
    : host_(host),
      python_(std::move(python)),
      settings_(std::move(settings)),
      on_death_(std::move(on_death)),
      changed_(host.executor) {}

void Driver::start() {
    if (process_ || stopped_) return;
    process_ = std::make_shared<Process>();
    host_.tasks.spawn("driver", serve(*this, process_));
}

net::awaitable<void> Driver::serve(Driver& driver, std::shared_ptr<Process> process) {
    try {
        co_await driver.launch(process);
    } catch (const std::exception& error) {
        process->failure = std::string("Spark did not start: ") + error.what();
    }
    while (process->channel) {
        const auto frame = co_await process->channel->read();
        if (!frame) break;
        driver.on_frame(*process, *frame);
    }
    process->dead = true;
    if (process->channel) process->channel->close();
    if (process->failure.empty()) process->failure = "The Spark driver stopped.";
    if (driver.process_ == process) driver.process_.reset();
    std::erase(driver.leaving_, process);
    driver.changed_.notify();
    if (process->ready && !process->attached.empty()) driver.on_death_(process->attached, process->failure);
    if (process->pid == 0) co_return;
    clusters::kill_tree(process->pid);
    const int status = co_await reap(driver.host_, process->pid);
    spdlog::info("driver is gone cluster_id={} status={} message=\"{}\"", driver.host_.launch.cluster_id, status,
                 process->failure);
}

net::awaitable<void> Driver::launch(std::shared_ptr<Process> process) {
    const std::filesystem::path python = python_;
    Json settings = co_await settings_();
    if (process->given_up) co_return;
    const auto folder = host_.launch.work_folder / "driver";
    host_.make_private_folder(folder);
    const auto config = host_.launch.work_folder / "driver.json";
    settings["work_folder"] = folder.string();
    settings["app_name"] = host_.launch.cluster_name;
    write_config(config, settings);
    // Kernels and model zygotes hand files to Spark in their own folders, of which any may come to be.
    std::vector<std::string> arguments{"--config", config.string(), "--read", host_.checkouts_folder().string()};
    for (const auto& path : {host_.runs_folder(), host_.models_folder(), host_.databricks_folder()})
        arguments.insert(arguments.end(), {"--write", path.string()});
    for (const auto& path : clusters::shared_scratch(host_.launch.data_folder))
        arguments.insert(arguments.end(), {"--write", path.string()});
    ChildProcess child = start_python(host_, python, "stoker_kernel.driver", arguments);
    process->pid = child.pid;
    process->channel = std::move(child.channel);
    spdlog::info("driver starts cluster_id={} pid={}", host_.launch.cluster_id, process->pid);
}

void Driver::write_config(const std::filesystem::path& file, const Json& settings) const {
    {
        // The definition's configuration may hold passwords: for the kernels' OS user alone.
        std::ofstream out(file, std::ios::trunc);
        ::chmod(file.c_str(), 0600);
        out << settings.dump();
    }
    if (::chown(file.c_str(), host_.kernel_uid, host_.kernel_gid) != 0) {
        spdlog::warn("the driver's configuration cannot be given to the kernels' user");
    }
}

void Driver::on_frame(Process& process, const Json& frame) {
    const std::string event = frame.value("event", "");
    const std::string kernel_id = frame.value("kernel_id", "");
    if (event == "ready") {
        process.ready = true;
        spdlog::info("driver ready cluster_id={} java_pid={} spark_version={}", host_.launch.cluster_id,
                     frame.value("java_pid", 0), frame.value("spark_version", ""));
    } else if (event == "failed") {
        process.failure = frame.value("message", "");
    } else if (event == "attached") {
        Json answer = frame;
        answer.erase("event");
        answer["ok"] = true;
        process.answers[kernel_id] = std::move(answer);
    } else if (event == "page") {
        process.pages[frame.value("request_id", std::int64_t{0})] = frame.value("response", "");
    } else if (event == "refused" && frame.value("op", "") == "attach") {
        process.answers[kernel_id] = refusal(frame.value("message", ""));
    }
    changed_.notify();
}

/// That a kernel or a model's zygote is attached to.
std::shared_ptr<Driver::Process> Driver::process_of(const std::string& kernel_id) const {
    if (process_ && process_->attached.contains(kernel_id)) return process_;
    for (const auto& process : leaving_)
        if (process->attached.contains(kernel_id)) return process;
    return nullptr;
}

net::awaitable<Json> Driver::attach(std::string kernel_id, std::string tag, std::string seed_from) {
    // What a model's zygote has made lies in its own JVM.
    std::shared_ptr<Process> process = seed_from.empty() ? nullptr : process_of(seed_from);
    if (!process) {
        start();
        if (!process_) co_return refusal("The worker stops.");
        process = process_;
    }
    process->attached.insert(kernel_id);
    while (!process->ready && !process->dead) co_await changed_.wait();
    if (!process->dead && process->attached.contains(kernel_id)) {
        Json request = {{"op", "attach"}, {"kernel_id", kernel_id}, {"tag", tag}, {"conf", session_conf(host_.launch)}};
        if (!seed_from.empty()) request["seed_from"] = seed_from;
        process->channel->send(request);
    }
    while (!process->dead && process->attached.contains(kernel_id) && !process->answers.contains(kernel_id)) {
        co_await changed_.wait();
    }
    const auto found = process->answers.extract(kernel_id);
    if (found) co_return found.mapped();
    co_return refusal(process->dead ? process->failure : "The run has ended.");
}

void Driver::detach(const std::string& kernel_id) {
    const std::shared_ptr<Process> process = process_of(kernel_id);
    if (!process) return;
    process->attached.erase(kernel_id);
    process->answers.erase(kernel_id);
    if (process->ready) process->channel->send({{"op", "detach"}, {"kernel_id", kernel_id}});
    if (process != process_ && process->attached.empty()) give_up(*process);
    changed_.notify();
}

net::awaitable<std::optional<std::string>> Driver::page(db::SparkPageRequest request) {
    const std::shared_ptr<Process> process = process_;
    if (!process || !process->ready) co_return std::nullopt;
    process->channel->send(
        {{"op", "page"}, {"request_id", request.request_id}, {"target", request.target}, {"base", request.base}});
    while (!process->dead && !process->pages.contains(request.request_id)) co_await changed_.wait();
    auto found = process->pages.extract(request.request_id);
    if (!found) co_return std::nullopt;
    co_return std::move(found.mapped());
}

void Driver::end(const std::string& why) {
    std::vector<std::shared_ptr<Process>> running = leaving_;
    if (process_) running.push_back(process_);
    for (const auto& process : running) {
        if (!process->ready) continue;  // it will find the master's new place
        process->failure = why;
        give_up(*process);
    }
}

void Driver::renew(std::filesystem::path python) {
    python_ = std::move(python);
    if (!process_) return;
    leaving_.push_back(process_);
    if (process_->attached.empty()) give_up(*process_);
    process_.reset();
}

void Driver::stop() {
    stopped_ = true;
    for (const auto& process : leaving_) give_up(*process);
    if (process_) give_up(*process_);
}

void Driver::give_up(Process& process) {
    process.given_up = true;
    if (process.channel) process.channel->close();
}

}  // namespace stoker::workers
