#include "clusters/cluster_definition.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/error.h"

namespace stoker::clusters {
namespace {

struct UnavailableField {
    std::string_view field;
    std::string_view why;
};
// Accepting one of these would promise what does not happen.
constexpr std::array kUnavailable{
    UnavailableField{"docker_image", "container images are not available; use libraries."},
    UnavailableField{"ssh_public_keys", "workers accept no SSH connections."},
    UnavailableField{"clone_from", "cloning is not available; send the whole definition."},
};
// Stored and echoed: they describe a cloud, a mode that every cluster here fulfils, or a policy that has been applied.
constexpr std::array kEchoedObjects{"aws_attributes", "azure_attributes", "gcp_attributes", "workload_type"};
constexpr std::array kEchoedStrings{"data_security_mode", "single_user_name", "runtime_engine", "kind", "policy_id"};
constexpr std::array kEchoedBooleans{"enable_elastic_disk", "enable_local_disk_encryption",
                                     "apply_policy_default_values", "use_ml_runtime"};
constexpr std::array kOtherFields{
    "cluster_name",  "instance_pool_id", "driver_instance_pool_id", "init_scripts",   "cluster_log_conf",
    "spark_version", "node_type_id",     "driver_node_type_id",     "num_workers",    "autoscale",
    "spark_conf",    "custom_tags",      "spark_env_vars",          "is_single_node", "autotermination_minutes"};

bool is_empty(const nlohmann::json& value) {
    return value.is_null() || ((value.is_array() || value.is_object()) && value.empty()) ||
           (value.is_string() && value.get_ref<const std::string&>().empty());
}

void refuse_unavailable(const JsonReader& reader) {
    for (const UnavailableField& row : kUnavailable) {
        const nlohmann::json* value = reader.raw(row.field);
        if (value && !is_empty(*value)) reader.refuse(row.field, std::string(row.why));
    }
}

std::map<std::string, std::string> text_map(const JsonReader& reader, std::string_view field) {
    std::map<std::string, std::string> entries;
    for (auto& [key, value] : reader.string_map(field)) {
        if (key.empty()) reader.refuse(field, "a key is empty.");
        if ((key + value).find('\0') != std::string::npos) reader.refuse(field, "'" + key + "' contains a zero byte.");
        entries.emplace(std::move(key), std::move(value));
    }
    return entries;
}

std::int64_t tag_number(const JsonReader& reader, const std::string& tag, const std::string& text, std::int64_t least,
                        std::int64_t most) {
    std::int64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most)
        reader.refuse("custom_tags." + tag, "expected a number from " + std::to_string(least) + " to " +
                                                std::to_string(most) + ", got '" + text + "'.");
    return value;
}

std::string provider(const JsonReader& reader, const std::string& tag, const std::string& name) {
    if (name != kLocalProvider && name != kSlurmProvider && name != kKubernetesProvider)
        reader.refuse("custom_tags." + tag, "expected local, slurm or kubernetes, got '" + name + "'.");
    return name;
}

std::string slurm_name(const JsonReader& reader, const std::string& tag, const std::string& name) {
    if (!is_slurm_name(name))
        reader.refuse("custom_tags." + tag,
                      "expected a name of letters, digits, '_', '-', '.' and ',', got '" + name + "'.");
    return name;
}

std::vector<std::string> slurm_options(const JsonReader& reader, const std::string& tag, const std::string& text) {
    try {
        return parse_slurm_options(text);
    } catch (const std::invalid_argument& wrong) {
        reader.refuse("custom_tags." + tag, wrong.what());
    }
}

void read_tag(const JsonReader& reader, const std::string& tag, const std::string& text,
              ClusterDefinition& definition) {
    if (tag == "stoker.slots") {
        definition.slots = static_cast<int>(tag_number(reader, tag, text, 1, 256));
    } else if (tag == "stoker.kernel_memory_mb") {
        definition.kernel_memory_mb = tag_number(reader, tag, text, 128, 1 << 24);
    } else if (tag == "stoker.scale_down_seconds") {
        tag_number(reader, tag, text, 1, 86400);  // the scheduler reads it where it is stored
    } else if (tag == "stoker.provider") {
        definition.provider = provider(reader, tag, text);
    } else if (tag == "stoker.slurm_partition") {
        definition.slurm.partition = slurm_name(reader, tag, text);
    } else if (tag == "stoker.slurm_account") {
        definition.slurm.account = slurm_name(reader, tag, text);
    } else if (tag == "stoker.slurm_options") {
        definition.slurm.further = slurm_options(reader, tag, text);
    } else if (tag == "stoker.pod_template") {
        definition.pod_template = text;
    } else {
        reader.refuse("custom_tags." + tag,
                      "unknown option; known are stoker.slots, stoker.kernel_memory_mb, stoker.scale_down_seconds, "
                      "stoker.provider, stoker.slurm_partition, stoker.slurm_account, stoker.slurm_options and "
                      "stoker.pod_template.");
    }
}

/// Of the provider that alone acts on the tag.
void check_provider(const JsonReader& reader, const std::string& tag, const ClusterDefinition& definition) {
    const std::string needed = tag.starts_with("stoker.slurm_") ? kSlurmProvider
                               : tag.starts_with("stoker.pod_") ? kKubernetesProvider
                                                                : definition.provider;
    if (definition.provider != needed)
        reader.refuse("custom_tags." + tag,
                      "is for workers of " + needed + ": send the tag stoker.provider too, as " + needed + ".");
}

void read_tags(const JsonReader& reader, const Catalog& catalog, ClusterDefinition& definition) {
    definition.custom_tags = text_map(reader, "custom_tags");
    if (definition.custom_tags.size() > 45)
        reader.refuse("custom_tags", "at most 45 tags, got " + std::to_string(definition.custom_tags.size()) + ".");
    for (const auto& [tag, text] : definition.custom_tags) {
        if (tag.starts_with("stoker.")) read_tag(reader, tag, text, definition);
    }
    for (const auto& [tag, text] : definition.custom_tags) check_provider(reader, tag, definition);
    if (definition.provider == kKubernetesProvider && !catalog.has_pod_template(definition.pod_template))
        reader.refuse("custom_tags.stoker.pod_template",
                      "there is no pod template '" + definition.pod_template +
                          "'; the operator's settings file names them (kubernetes.pod_templates).");
}

std::string node_type(const JsonReader& reader, std::string_view field, const Catalog& catalog) {
    auto id = reader.optional_string(field);
    if (!id || id->empty()) return "";
    if (!catalog.find_node_type(*id)) {
        std::string known;
        for (const NodeType& type : catalog.listed_node_types()) known += type.node_type_id + ", ";
        reader.refuse(field, "node type '" + *id + "' is not known; there are " + known +
                                 "and other cloud names of these shapes.");
    }
    return *id;
}

std::string spark_version(const JsonReader& reader, const Catalog& catalog) {
    std::string key = reader.string("spark_version");
    if (catalog.find_spark_version(key)) return key;
    std::string known;
    for (const SparkVersion& version : catalog.spark_versions()) known += (known.empty() ? "" : ", ") + version.key;
    reader.refuse("spark_version", "Spark version '" + key + "' is not known; there are " + known + ".");
}

void read_size(const JsonReader& reader, ClusterDefinition& definition) {
    const WorkerCount count = parse_worker_count(reader);
    definition.num_workers = count.num_workers;
    definition.autoscale = count.autoscale;
    if (reader.boolean_or("is_single_node", false)) {
        if (definition.num_workers > 0) reader.refuse("num_workers", "a single-node cluster has no further workers.");
        if (definition.autoscale) reader.refuse("autoscale", "a single-node cluster has no further workers.");
    }
    std::int64_t minutes = reader.integer_or("autotermination_minutes", 0);
    if (minutes != 0 && (minutes < 10 || minutes > 10000))
        reader.refuse("autotermination_minutes",
                      "expected 0 (never) or 10 to 10000, got " + std::to_string(minutes) + ".");
    definition.autotermination_minutes = static_cast<int>(minutes);
}

void read_pools(const JsonReader& reader, ClusterDefinition& definition) {
    definition.instance_pool_id = reader.optional_string("instance_pool_id").value_or("");
    definition.driver_instance_pool_id =
        reader.optional_string("driver_instance_pool_id").value_or(definition.instance_pool_id);
    if (definition.instance_pool_id.empty() && !definition.driver_instance_pool_id.empty())
        reader.refuse("driver_instance_pool_id", "send instance_pool_id, too.");
}

void read_environ(const JsonReader& reader, ClusterDefinition& definition) {
    definition.spark_conf = text_map(reader, "spark_conf");
    definition.spark_env_vars = text_map(reader, "spark_env_vars");
    for (const auto& [name, value] : definition.spark_env_vars)
        if (name.find('=') != std::string::npos)
            reader.refuse("spark_env_vars." + name, "a name must not contain '='.");
    auto packages = definition.spark_conf.find("spark.jars.packages");
    if (packages == definition.spark_conf.end()) return;
    for (std::size_t from = 0; from <= packages->second.size();) {
        std::size_t comma = std::min(packages->second.find(',', from), packages->second.size());
        std::string one = packages->second.substr(from, comma - from);
        one.erase(0, one.find_first_not_of(" \t"));
        one.erase(one.find_last_not_of(" \t") + 1);
        if (!one.empty() && !parse_maven_coordinates(one))
            reader.refuse("spark_conf.spark.jars.packages", "expected group:artifact:version, got '" + one + "'.");
        from = comma + 1;
    }
}

void read_echoed(const JsonReader& reader, ClusterDefinition& definition) {
    for (const char* field : kEchoedObjects) static_cast<void>(reader.optional_object(field));
    for (const char* field : kEchoedStrings) static_cast<void>(reader.optional_string(field));
    for (const char* field : kEchoedBooleans) static_cast<void>(reader.optional_bool(field));
    definition.sent = nlohmann::json::object();
    auto keep = [&](std::string_view field) {
        if (const nlohmann::json* value = reader.raw(field)) definition.sent[std::string(field)] = *value;
    };
    for (const char* field : kEchoedObjects) keep(field);
    for (const char* field : kEchoedStrings) keep(field);
    for (const char* field : kEchoedBooleans) keep(field);
    for (const char* field : kOtherFields) keep(field);
    for (const UnavailableField& row : kUnavailable) keep(row.field);
}

/// Of a pool's bounds, too.
int worker_number(const JsonReader& reader, std::string_view field, std::int64_t workers) {
    if (workers < 0 || workers > 100000) reader.refuse(field, "expected a number from 0 to 100000.");
    return static_cast<int>(workers);
}

}  // namespace

WorkerCount parse_worker_count(const JsonReader& reader) {
    WorkerCount count;
    count.num_workers = worker_number(reader, "num_workers", reader.integer_or("num_workers", 0));
    const auto bounds = reader.optional_object("autoscale");
    if (!bounds) return count;
    if (count.num_workers > 0) reader.refuse("num_workers", "send either num_workers or autoscale.");
    Autoscale autoscale;
    autoscale.min_workers = worker_number(*bounds, "min_workers", bounds->integer("min_workers"));
    autoscale.max_workers = worker_number(*bounds, "max_workers", bounds->integer("max_workers"));
    if (autoscale.max_workers < autoscale.min_workers || autoscale.max_workers == 0)
        bounds->refuse("max_workers", "expected at least 1 and at least min_workers, which is " +
                                          std::to_string(autoscale.min_workers) + ".");
    count.num_workers = autoscale.min_workers;
    count.autoscale = autoscale;
    return count;
}

ClusterDefinition parse_cluster_definition(const JsonReader& reader, const Catalog& catalog) {
    ClusterDefinition definition;
    refuse_unavailable(reader);
    definition.cluster_name = reader.optional_string("cluster_name").value_or("");
    if (definition.cluster_name.size() > 4096) reader.refuse("cluster_name", "is longer than 4096 bytes.");
    definition.spark_version = spark_version(reader, catalog);
    definition.node_type_id = node_type(reader, "node_type_id", catalog);
    if (definition.node_type_id.empty()) definition.node_type_id = catalog.default_node_type();
    static_cast<void>(node_type(reader, "driver_node_type_id", catalog));
    read_pools(reader, definition);
    read_size(reader, definition);
    read_environ(reader, definition);
    read_tags(reader, catalog, definition);
    if (definition.provider != kLocalProvider && !definition.instance_pool_id.empty())
        reader.refuse("instance_pool_id", "instance pools have local workers only; the tag stoker.provider is " +
                                              definition.provider + ".");
    definition.libraries = parse_libraries(reader);
    definition.init_scripts = parse_init_scripts(reader);
    definition.log_folder = parse_cluster_log_conf(reader);
    read_echoed(reader, definition);
    return definition;
}

bool is_definition_field(std::string_view field) {
    const auto has = [&](const auto& fields) { return std::ranges::find(fields, field) != fields.end(); };
    return has(kEchoedObjects) || has(kEchoedStrings) || has(kEchoedBooleans) || has(kOtherFields) ||
           std::ranges::find(kUnavailable, field, &UnavailableField::field) != kUnavailable.end();
}

ClusterDefinition stored_definition(const std::string& spec, const std::string& libraries, const Catalog& catalog) {
    nlohmann::json object = nlohmann::json::parse(spec);
    object["libraries"] = libraries.empty() ? nlohmann::json::array() : nlohmann::json::parse(libraries);
    return parse_cluster_definition(JsonReader(object), catalog);
}

nlohmann::json to_json(const ClusterDefinition& definition) {
    return definition.sent;
}

}  // namespace stoker::clusters
