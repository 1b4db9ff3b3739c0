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

}  // namespace

Driver::Driver(KernelHost& host, std::filesystem::path python, OnDeath on_death)
    : host_(host), python_(std::move(python)), on_death_(std::move(on_death)), changed_(host.executor) {}

void Driver::start() {
    if (process_) return;
    process_ = launch();
    host_.tasks.spawn("driver", serve(*this, process_));
}

std::shared_ptr<Driver::Process> Driver::launch() {
    const auto& launch = host_.launch;
    const auto folder = launch.work_folder / "driver";
    host_.make_private_folder(folder);
    const auto config = launch.work_folder / "driver.json";
    {
        // The definition's configuration may hold passwords: for the kernels' OS user alone.
        std::ofstream file(config, std::ios::trunc);
        ::chmod(config.c_str(), 0600);
        file << Json{{"work_folder", folder.string()},
                     {"spark_conf", launch.spark_conf},
                     {"jars_folder", launch.jars_folder.string()},
                     {"app_name", launch.cluster_name},
                     {"cluster_id", launch.cluster_id},
                     {"cluster_name", launch.cluster_name}}
                    .dump();
    }
    if (::chown(config.c_str(), host_.kernel_uid, host_.kernel_gid) != 0) {
        spdlog::warn("the driver's configuration cannot be given to the kernels' user");
    }
    const auto process = std::make_shared<Process>();
    // Kernels and model zygotes hand files to Spark in their own folders, of which any may come to be.
    std::vector<std::string> arguments{"--config", config.string(), "--read", host_.checkouts_folder().string()};
    for (const auto& path : {host_.runs_folder(), host_.models_folder(), host_.databricks_folder()})
        arguments.insert(arguments.end(), {"--write", path.string()});
    for (const auto& path : clusters::shared_scratch(launch.data_folder))
        arguments.insert(arguments.end(), {"--write", path.string()});
    ChildProcess child = start_python(host_, python_, "stoker_kernel.driver", arguments);
    process->pid = child.pid;
    process->channel = std::move(child.channel);
    spdlog::info("driver starts cluster_id={} pid={}", launch.cluster_id, process->pid);
    return process;
}

net::awaitable<void> Driver::serve(Driver& driver, std::shared_ptr<Process> process) {
    while (const auto frame = co_await process->channel->read()) driver.on_frame(*process, *frame);
    process->dead = true;
    process->channel->close();
    if (process->failure.empty()) process->failure = "The Spark driver stopped.";
    if (driver.process_ == process) driver.process_.reset();
    std::erase(driver.leaving_, process);
    driver.changed_.notify();
    if (!process->attached.empty()) driver.on_death_(process->attached);
    clusters::kill_tree(process->pid);
    const int status = co_await reap(driver.host_, process->pid);
    spdlog::info("driver is gone cluster_id={} status={} message=\"{}\"", driver.host_.launch.cluster_id, status,
                 process->failure);
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
        try {
            start();
        } catch (const std::system_error& error) {
            co_return refusal(std::string("The Spark driver cannot be started: ") + error.what());
        }
        process = process_;
    }
    process->attached.insert(kernel_id);
    while (!process->ready && !process->dead) co_await changed_.wait();
    if (!process->dead && process->attached.contains(kernel_id)) {
        Json request = {{"op", "attach"}, {"kernel_id", kernel_id}, {"tag", tag}};
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
    if (process != process_ && process->attached.empty()) process->channel->close();
    changed_.notify();
}

void Driver::renew(std::filesystem::path python) {
    python_ = std::move(python);
    if (!process_) return;
    leaving_.push_back(process_);
    if (process_->attached.empty()) process_->channel->close();
    process_.reset();
}

void Driver::stop() {
    for (const auto& process : leaving_) process->channel->close();
    if (process_) process_->channel->close();
}

}  // namespace stoker::workers
