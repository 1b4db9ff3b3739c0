#include "clusters/worker_launch.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace stoker::clusters {
namespace {

using Json = nlohmann::json;

/// One list of the fields for both directions.
template <class Field>
void each_field(WorkerLaunch& launch, Field field) {
    field("worker_id", launch.worker_id);
    field("cluster_id", launch.cluster_id);
    field("cluster_name", launch.cluster_name);
    field("generation", launch.generation);
    field("spark_context_id", launch.spark_context_id);
    field("is_head", launch.is_head);
    field("slots", launch.slots);
    field("autoscales", launch.autoscales);
    field("memory_mb", launch.memory_mb);
    field("cores", launch.cores);
    field("several_workers", launch.several_workers);
    field("head_is_near", launch.head_is_near);
    field("address", launch.address);
    field("executor_memory_mb", launch.executor_memory_mb);
    field("limit_memory_mb", launch.limits.memory_mb);
    field("limit_cores", launch.limits.cores);
    field("gpus", launch.gpus);
    field("limits_by", launch.limits_by);
    field("provider", launch.provider);
    field("dsn_file", launch.dsn_file);
    field("sealing_key_file", launch.sealing_key_file);
    field("node_token_file", launch.node_token_file);
    field("work_folder", launch.work_folder);
    field("dbfs_root", launch.dbfs_root);
    field("log_folder", launch.log_folder);
    field("python", launch.python);
    field("kernel_path", launch.kernel_path);
    field("jars_folder", launch.jars_folder);
    field("data_folder", launch.data_folder);
    field("server_url", launch.server_url);
    field("server_authority", launch.server_authority);
    field("ca_bundle", launch.ca_bundle);
    field("metastore_uri", launch.metastore_uri);
    field("workspace_id", launch.workspace_id);
    field("kernel_user", launch.kernel_user);
    field("spark_version", launch.spark.key);
    field("spark_name", launch.spark.name);
    field("runtime_version", launch.spark.runtime);
    field("runtime_requirements", launch.spark.requirements);
    field("runtime_python", launch.spark.python);
    field("delta_lake", launch.spark.delta_lake);
    field("libraries", launch.libraries);
    field("init_scripts", launch.init_scripts);
    field("run_as_user_name", launch.run_as_user_name);
    field("spark_conf", launch.spark_conf);
    field("spark_env_vars", launch.spark_env_vars);
}

struct Writer {
    Json& json;
    template <class Value>
    void operator()(const char* name, const Value& value) const {
        json[name] = value;
    }
    void operator()(const char* name, const std::filesystem::path& value) const { json[name] = value.string(); }
};

struct Reader {
    const Json& json;
    template <class Value>
    void operator()(const char* name, Value& value) const {
        value = json.at(name).get<Value>();
    }
    void operator()(const char* name, std::filesystem::path& value) const { value = json.at(name).get<std::string>(); }
};

}  // namespace

std::string to_json(const WorkerLaunch& launch) {
    Json json = Json::object();
    WorkerLaunch copy = launch;
    each_field(copy, Writer{json});
    return json.dump(2);
}

std::filesystem::path init_script_logs(const std::filesystem::path& data_folder, const ClusterId& cluster_id) {
    return data_folder / "logs" / cluster_id / "init_scripts";
}

std::filesystem::path launch_file(const std::filesystem::path& work_folder) {
    return work_folder / "launch.json";
}

std::filesystem::path worker_log(const WorkerLaunch& launch) {
    // A worker of an instance pool begins as no cluster's: the pool's id is its name.
    const std::string owner = launch.cluster_id.empty() ? launch.cluster_name : launch.cluster_id;
    return launch.data_folder / "logs" / (owner + ".log");
}

WorkerLaunch read_worker_launch(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw std::runtime_error(file.string() + ": cannot be read");
    std::ostringstream text;
    text << stream.rdbuf();
    try {
        const Json json = Json::parse(text.str());
        WorkerLaunch launch;
        each_field(launch, Reader{json});
        return launch;
    } catch (const Json::exception& error) {
        throw std::runtime_error(file.string() + ": " + error.what());
    }
}

}  // namespace stoker::clusters
