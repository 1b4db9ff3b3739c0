#include "clusters/sites/pod.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <stdexcept>

#include <yaml-cpp/yaml.h>

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kWorkerLabel = "stoker/worker";
constexpr const char* kClusterLabel = "stoker/cluster";
constexpr const char* kContainer = "worker";
constexpr const char* kContainerAnnotation = "stoker/container";  // which one of the pod's is the worker
constexpr const char* kContainerPointer = "/stoker~1container";
constexpr const char* kGpus = "nvidia.com/gpu";

/// As Kubernetes reads it: what is quoted is a text, and a mode of files like 0400 is octal.
Json scalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    bool truth = false;
    if (node.Tag() == "!") return text;
    if (text == "null" || text == "~" || text.empty()) return nullptr;
    if (YAML::convert<bool>::decode(node, truth)) return truth;
    const bool is_octal = text.size() > 1 && text.front() == '0' && text.find_first_not_of("01234567") == text.npos;
    std::int64_t whole = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole, is_octal ? 8 : 10);
    if (error == std::errc() && end == text.data() + text.size()) return whole;
    double real = 0;
    const auto [real_end, wrong] = std::from_chars(text.data(), text.data() + text.size(), real);
    if (wrong == std::errc() && real_end == text.data() + text.size() && std::isfinite(real)) return real;
    return text;
}

Json to_json(const YAML::Node& node) {
    if (node.IsMap()) {
        Json object = Json::object();
        for (const auto& entry : node) object[entry.first.as<std::string>()] = to_json(entry.second);
        return object;
    }
    if (node.IsSequence()) {
        Json array = Json::array();
        for (const YAML::Node& element : node) array.push_back(to_json(element));
        return array;
    }
    return node.IsScalar() ? scalar(node) : Json(nullptr);
}

void check_template(const Json& pod) {
    if (!pod.is_object() || pod.value("kind", Json()) != "Pod")
        throw std::runtime_error("expected an object of kind Pod.");
    const Json containers = pod.value("/spec/containers"_json_pointer, Json());
    if (!containers.is_array() || containers.empty() ||
        !std::ranges::all_of(containers, [](const Json& container) { return container.is_object(); }))
        throw std::runtime_error("spec.containers: expected a list with the worker's container.");
}

Json& container_of(Json& pod) {
    Json& containers = pod["spec"]["containers"];
    const auto named =
        std::ranges::find_if(containers, [](const Json& each) { return each.value("name", "") == kContainer; });
    return named == containers.end() ? containers.front() : *named;
}

void set_resources(Json& container, const WorkerLaunch& launch) {
    for (const char* kind : {"requests", "limits"}) {
        Json& resources = container["resources"][kind];
        resources["cpu"] = std::to_string(launch.limits.cores);
        resources["memory"] = std::to_string(launch.limits.memory_mb) + "Mi";
        if (launch.gpus > 0) resources[kGpus] = std::to_string(launch.gpus);
    }
}

std::string text_at(const Json& object, const char* pointer) {
    const Json found = object.value(Json::json_pointer(pointer), Json());
    return found.is_string() ? found.get<std::string>() : "";
}

/// Of the worker's container, "waiting", "running" or "terminated"; an object without members if it is in another one.
Json container_state(const Json& pod, const char* state) {
    const std::string name = text_at(pod["metadata"].value("annotations", Json::object()), kContainerPointer);
    for (const Json& status : pod.value("/status/containerStatuses"_json_pointer, Json::array()))
        if (status.value("name", "") == name)
            return status.value(Json::json_pointer(std::string("/state/") + state), Json::object());
    return Json::object();
}

std::string joined(const std::string& reason, const std::string& message) {
    return reason.empty() || message.empty() ? reason + message : reason + ": " + message;
}

std::string why_waiting(const Json& pod) {
    const Json waiting = container_state(pod, "waiting");
    if (const std::string reason = text_at(waiting, "/reason"); !reason.empty())
        return joined(reason, text_at(waiting, "/message"));
    for (const Json& condition : pod.value("/status/conditions"_json_pointer, Json::array()))
        if (condition.value("type", "") == "PodScheduled" && condition.value("status", "") == "False")
            return text_at(condition, "/message");
    return "";
}

SiteJob read_pod(const Json& pod) {
    SiteJob job;
    job.id = text_at(pod, "/metadata/name");
    job.version = text_at(pod, "/metadata/resourceVersion");
    job.worker_id = text_at(pod["metadata"]["labels"], "/stoker~1worker");
    job.state = text_at(pod, "/status/phase");
    const Json end = container_state(pod, "terminated");
    const bool has_ended = job.state == "Succeeded" || job.state == "Failed";
    if (has_ended || !end.empty()) {  // without it, other containers of the pod serve nobody
        job.phase = SiteJob::Phase::kEnded;
        job.exit_code = end.value("exitCode", job.state == "Failed" ? 1 : 0);
        const std::string of_pod = joined(text_at(pod, "/status/reason"), text_at(pod, "/status/message"));
        job.reason = of_pod.empty() ? text_at(end, "/reason") : of_pod;
        if (!has_ended) job.state = job.exit_code == 0 ? "Succeeded" : "Failed";
    } else if (job.state == "Running") {
        job.phase = SiteJob::Phase::kRunning;
    } else {
        job.reason = why_waiting(pod);
    }
    return job;
}

}  // namespace

std::string read_pod_template(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream || fs::is_directory(file)) throw std::runtime_error(file.string() + " cannot be read.");
    try {
        const Json pod = to_json(YAML::Load(stream));
        check_template(pod);
        make_pod({}, pod.dump(), "", "");  // throws where something is in the way of what it sets
        return pod.dump();
    } catch (const YAML::Exception& error) {
        throw std::runtime_error(file.string() + ":" + std::to_string(error.mark.line + 1) + ": " + error.msg + ".");
    } catch (const std::exception& error) {
        throw std::runtime_error(file.string() + ": " + error.what());
    }
}

Json make_pod(const WorkerLaunch& launch, const std::string& pod_template, const std::string& node_label,
              const fs::path& program) {
    Json pod = Json::parse(pod_template);
    Json& metadata = pod["metadata"];
    metadata["name"] = "stoker-" + launch.worker_id;
    metadata["labels"][kNodeLabel] = node_label;
    metadata["labels"][kWorkerLabel] = launch.worker_id;
    metadata["labels"][kClusterLabel] = launch.cluster_id;
    pod["spec"]["restartPolicy"] = "Never";  // it would begin again as a worker that is long gone
    Json& container = container_of(pod);
    metadata["annotations"][kContainerAnnotation] = container.at("name");
    // Printed where all workers of the cluster print.
    container["command"] = {"/bin/sh",
                            "-c",
                            "exec \"$@\" >>\"$0\" 2>&1",
                            worker_log(launch).string(),
                            program.string(),
                            "worker",
                            "--launch",
                            launch_file(launch.work_folder).string()};
    container.erase("args");
    container["workingDir"] = launch.work_folder.string();
    set_resources(container, launch);
    return pod;
}

std::vector<SiteJob> read_pods(const Json& list) {
    std::vector<SiteJob> jobs;
    for (const Json& pod : list.value("items", Json::array()))
        if (!text_at(pod, "/metadata/name").empty() && pod["metadata"].contains("labels"))
            jobs.push_back(read_pod(pod));
    return jobs;
}

}  // namespace stoker::clusters
