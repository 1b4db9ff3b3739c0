#include "clusters/catalog.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <regex>

#include <sys/sysinfo.h>
#include <unistd.h>

#include "clusters/gpus.h"
#include "core/embedded.h"

namespace stoker::embedded {
std::span<const EmbeddedFile> cluster_runtimes();
}

namespace stoker::clusters {
namespace {

using Match = std::match_results<std::string_view::const_iterator>;

int number(const std::csub_match& part) {
    int value = 0;
    std::from_chars(part.first, part.second, value);
    return value;
}

struct MemoryPerCore {
    std::string_view family;
    int mb;
    std::string_view category;
};

// Longest family first: the first that begins the name wins.
constexpr std::array kAwsFamilies{
    MemoryPerCore{"i3en", 8192, "Storage Optimized"}, MemoryPerCore{"i", 7808, "Storage Optimized"},
    MemoryPerCore{"d", 7808, "Storage Optimized"},    MemoryPerCore{"m", 4096, "General Purpose"},
    MemoryPerCore{"t", 4096, "General Purpose"},      MemoryPerCore{"c", 2048, "Compute Optimized"},
    MemoryPerCore{"r", 8192, "Memory Optimized"},     MemoryPerCore{"x", 16384, "Memory Optimized"},
};

std::optional<NodeType> aws_type(const std::string& id) {
    static const std::regex shape("([a-z]+[0-9]+[a-z]*)\\.(large|([0-9]*)xlarge)");
    std::cmatch match;
    if (!std::regex_match(id.c_str(), match, shape)) return std::nullopt;
    std::string family = match[1];
    auto found = std::find_if(kAwsFamilies.begin(), kAwsFamilies.end(),
                              [&](const MemoryPerCore& row) { return family.starts_with(row.family); });
    if (found == kAwsFamilies.end()) return std::nullopt;
    int cores = match[2] == "large" ? 2 : 4 * (match[3].length() ? number(match[3]) : 1);
    return NodeType{id, cores, std::int64_t{found->mb} * cores, std::string(found->category)};
}

std::optional<NodeType> azure_type(const std::string& id) {
    // The old generation counts sizes, not cores: DS3_v2 has four.
    static const std::regex old_shape("Standard_DS?([1-5]|1[1-5])_v2");
    static const std::regex shape("Standard_([DEFL])([0-9]+)[a-z]*(_v[0-9]+)?");
    std::cmatch match;
    if (std::regex_match(id.c_str(), match, old_shape)) {
        int size = number(match[1]);
        bool memory_optimized = size > 10;
        int cores = memory_optimized ? (size == 15 ? 20 : 1 << (size - 10)) : 1 << (size - 1);
        return NodeType{id, cores, std::int64_t{memory_optimized ? 7168 : 3584} * cores,
                        memory_optimized ? "Memory Optimized" : "General Purpose"};
    }
    if (!std::regex_match(id.c_str(), match, shape)) return std::nullopt;
    char family = *match[1].first;
    int mb = family == 'D' ? 4096 : family == 'F' ? 2048 : 8192;
    std::string category = family == 'D'   ? "General Purpose"
                           : family == 'F' ? "Compute Optimized"
                           : family == 'E' ? "Memory Optimized"
                                           : "Storage Optimized";
    int cores = number(match[2]);
    if (cores < 1) return std::nullopt;
    return NodeType{id, cores, std::int64_t{mb} * cores, category};
}

std::optional<NodeType> gcp_type(const std::string& id) {
    static const std::regex shape("(n1|n2|n2d|n4|e2|c2|c2d|c3|c3d|c4|t2d)-(standard|highmem|highcpu)-([0-9]+)");
    std::cmatch match;
    if (!std::regex_match(id.c_str(), match, shape)) return std::nullopt;
    bool first_generation = match[1] == "n1";
    int cores = number(match[3]);
    if (cores < 1) return std::nullopt;
    if (match[2] == "standard")
        return NodeType{id, cores, std::int64_t{first_generation ? 3840 : 4096} * cores, "General Purpose"};
    if (match[2] == "highmem")
        return NodeType{id, cores, std::int64_t{first_generation ? 6656 : 8192} * cores, "Memory Optimized"};
    return NodeType{id, cores, std::int64_t{first_generation ? 922 : 1024} * cores, "Compute Optimized"};
}

constexpr std::array kListedCloudNames{
    "m5d.large",       "m5d.xlarge",      "i3.xlarge",       "i3.2xlarge",   "r5d.xlarge",   "c5d.2xlarge",
    "Standard_DS3_v2", "Standard_D4s_v3", "Standard_E8s_v3", "n2-highmem-4", "n2-highmem-8", "n2-standard-4",
};

/// Any name whose pattern tells cores and memory.
std::optional<NodeType> cloud_type(std::string_view node_type_id) {
    if (node_type_id.size() > 64) return std::nullopt;
    const std::string id(node_type_id);
    std::optional<NodeType> type = aws_type(id);
    if (!type) type = azure_type(id);
    if (!type) type = gcp_type(id);
    if (type && type->cores > 1024) return std::nullopt;
    if (type) type->description = "as many cores and as much memory as " + id;
    return type;
}

NodeType local_type(std::string_view size, int divisor, const Machine& machine) {
    std::string share = divisor == 1 ? "all" : divisor == 2 ? "half" : "a quarter";
    NodeType type;
    type.node_type_id = "local." + std::string(size);
    type.cores = std::max(1, machine.cores / divisor);
    type.memory_mb = machine.memory_mb / divisor;
    type.description = share + " of this machine";
    return type;
}

const NodeType* find(const std::vector<NodeType>& types, std::string_view node_type_id) {
    const auto found = std::ranges::find(types, node_type_id, &NodeType::node_type_id);
    return found == types.end() ? nullptr : &*found;
}

std::string runtime_requirements(std::string_view file) {
    for (const EmbeddedFile& embedded : embedded::cluster_runtimes())
        if (embedded.name == file) return std::string(embedded.content);
    throw std::logic_error(std::string(file) + " is not among the embedded runtimes.");
}

}  // namespace

Machine this_machine(std::map<std::string, std::string> labels) {
    struct sysinfo memory {};
    sysinfo(&memory);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return {.cores = std::max(1, static_cast<int>(cores)),
            .memory_mb = static_cast<std::int64_t>(std::uint64_t{memory.totalram} * memory.mem_unit >> 20),
            .gpus = static_cast<int>(gpus_of_machine().size()),
            .labels = std::move(labels)};
}

const std::vector<SparkVersion>& own_spark_versions() {
    static const std::vector<SparkVersion> versions = [] {
        const std::string requirements = runtime_requirements("runtimes/15.4.x-scala2.12.txt");
        const std::string delta_lake = "io.delta:delta-spark_2.12:3.3.3";
        return std::vector<SparkVersion>{
            {"15.4.x-scala2.12", "15.4 LTS (includes Apache Spark 3.5.0, Scala 2.12)", "15.4", requirements, delta_lake,
             ""},
            {"15.4.x-cpu-ml-scala2.12", "15.4 LTS ML (includes Apache Spark 3.5.0, Scala 2.12)", "15.4", requirements,
             delta_lake, ""},
        };
    }();
    return versions;
}

Catalog::Catalog(const Machine& machine, const ComputeSettings& settings)
    : machine_(machine),
      default_node_type_(settings.default_node_type.empty() ? kDefaultNodeType : settings.default_node_type),
      node_types_(settings.node_types),
      spark_versions_(own_spark_versions()) {
    for (const SparkVersion& version : settings.spark_versions) {
        const auto own = std::ranges::find(spark_versions_, version.key, &SparkVersion::key);
        if (own == spark_versions_.end())
            spark_versions_.push_back(version);
        else
            *own = version;
    }
    for (const auto& [name, pod] : settings.kubernetes.pod_templates) pod_templates_.insert(name);
}

std::vector<NodeType> Catalog::local_types() const {
    return {local_type("small", 4, machine_), local_type("medium", 2, machine_), local_type("large", 1, machine_)};
}

std::vector<NodeType> Catalog::listed_node_types() const {
    std::vector<NodeType> types = node_types_;
    auto add = [&](const NodeType& type) {
        if (!find(types, type.node_type_id)) types.push_back(type);
    };
    for (const NodeType& type : local_types()) add(type);
    for (const char* name : kListedCloudNames) add(*cloud_type(name));
    return types;
}

std::optional<NodeType> Catalog::find_node_type(std::string_view node_type_id) const {
    if (const NodeType* set = find(node_types_, node_type_id)) return *set;
    if (const auto local = local_types(); const NodeType* type = find(local, node_type_id)) return *type;
    return cloud_type(node_type_id);
}

const SparkVersion* Catalog::find_spark_version(std::string_view key) const {
    const auto found = std::ranges::find(spark_versions_, key, &SparkVersion::key);
    return found == spark_versions_.end() ? nullptr : &*found;
}

nlohmann::json node_types_json(const Catalog& catalog) {
    const int cores = catalog.machine().cores;
    nlohmann::json types = nlohmann::json::array();
    for (const NodeType& type : catalog.listed_node_types()) {
        types.push_back({
            {"node_type_id", type.node_type_id},
            {"memory_mb", type.memory_mb},
            {"num_cores", static_cast<double>(type.cores)},
            {"description", type.description},
            {"instance_type_id", type.node_type_id},
            {"category", type.category},
            {"is_deprecated", false},
            {"is_hidden", false},
            {"num_gpus", type.gpus},
            {"is_io_cache_enabled", false},
            {"is_graviton", false},
            {"photon_worker_capable", false},
            {"photon_driver_capable", false},
            {"support_cluster_tags", true},
            {"support_ebs_volumes", false},
            {"support_port_forwarding", false},
            {"supports_elastic_disk", false},
            {"node_instance_type",
             {{"instance_type_id", type.node_type_id}, {"local_disks", 1}, {"local_disk_size_gb", 100}}},
            {"node_info",
             {{"status", nlohmann::json::array()}, {"available_core_quota", cores}, {"total_core_quota", cores}}},
            {"stoker_labels", type.labels},
        });
    }
    return {{"node_types", std::move(types)}};
}

nlohmann::json spark_versions_json(const Catalog& catalog) {
    nlohmann::json versions = nlohmann::json::array();
    for (const SparkVersion& version : catalog.spark_versions())
        versions.push_back({{"key", version.key}, {"name", version.name}});
    return {{"versions", std::move(versions)}};
}

nlohmann::json zones_json() {
    return {{"zones", {"local"}}, {"default_zone", "local"}};
}

}  // namespace stoker::clusters
