#include "clusters/compute_settings.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include "clusters/sites/pod.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestName = 64;

/// One value of the file, and where it stands.
class Setting {
  public:
    Setting(const fs::path& file, YAML::Node node, std::string path)
        : file_(file), node_(std::move(node)), path_(std::move(path)) {}

    [[noreturn]] void refuse(const std::string& what) const {
        const std::string line = std::to_string(std::max(node_.Mark().line, 0) + 1);
        throw SettingsError(file_.string() + ":" + line + ": " + (path_.empty() ? "" : path_ + ": ") + what);
    }

    /// In the order of the file. Throws for a name that stands there twice.
    std::vector<std::pair<std::string, Setting>> members() const {
        if (!node_.IsMap()) refuse("expected a map of names to values.");
        std::vector<std::pair<std::string, Setting>> members;
        std::set<std::string> names;
        for (const auto& entry : node_) {
            if (!entry.first.IsScalar()) Setting(file_, entry.first, path_).refuse("expected a name.");
            const auto name = entry.first.as<std::string>();
            Setting member(file_, entry.second, path_.empty() ? name : path_ + "." + name);
            if (!names.insert(name).second) Setting(file_, entry.first, member.path_).refuse("stands here twice.");
            members.emplace_back(name, std::move(member));
        }
        return members;
    }

    std::string text() const {
        if (!node_.IsScalar() || node_.Scalar().empty()) refuse("expected a text.");
        return node_.Scalar();
    }

    std::int64_t number(std::int64_t least, std::int64_t most) const {
        std::int64_t value = 0;
        if (!node_.IsScalar() || !YAML::convert<std::int64_t>::decode(node_, value) || value < least || value > most)
            refuse("expected a number from " + std::to_string(least) + " to " + std::to_string(most) +
                   (node_.IsScalar() ? ", got '" + node_.Scalar() + "'." : "."));
        return value;
    }

    [[noreturn]] void refuse_member(const std::string& name, const std::string& known) const {
        refuse("there is no setting '" + name + "'; known are " + known + ".");
    }
    [[noreturn]] void lacks(const std::string& name) const { refuse("'" + name + "' is required."); }

    fs::path beside_file(const std::string& path) const { return file_.parent_path() / path; }

  private:
    const fs::path& file_;
    YAML::Node node_;
    std::string path_;
};

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= kLongestName && std::ranges::all_of(name, [](unsigned char c) {
        return std::isalnum(c) || c == '.' || c == '_' || c == '-';
    });
}

void check_name(const Setting& setting, const std::string& name) {
    if (!is_name(name)) setting.refuse("expected a name of up to 64 letters, digits, '.', '_' and '-'.");
}

std::map<std::string, std::string> read_labels(const Setting& labels) {
    std::map<std::string, std::string> result;
    for (const auto& [name, value] : labels.members()) {
        check_name(value, name);
        result[name] = value.text();
    }
    return result;
}

NodeType read_node_type(const std::string& name, const Setting& setting) {
    check_name(setting, name);
    NodeType type;
    type.node_type_id = name;
    type.cores = 0;
    type.must_fit = true;
    for (const auto& [field, value] : setting.members()) {
        if (field == "cores")
            type.cores = static_cast<int>(value.number(1, 1024));
        else if (field == "memory_mb")
            type.memory_mb = value.number(256, std::int64_t{1} << 30);
        else if (field == "gpus")
            type.gpus = static_cast<int>(value.number(0, 64));
        else if (field == "labels")
            type.labels = read_labels(value);
        else if (field == "category")
            type.category = value.text();
        else if (field == "description")
            type.description = value.text();
        else
            value.refuse_member(field, "cores, memory_mb, gpus, labels, category and description");
    }
    if (type.cores == 0) setting.lacks("cores");
    if (type.memory_mb == 0) setting.lacks("memory_mb");
    if (type.description.empty()) type.description = "of this installation's settings";
    return type;
}

std::string read_requirements(const Setting& setting) {
    const fs::path file = setting.beside_file(setting.text());
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream content;
    content << stream.rdbuf();
    if (!stream || content.str().empty()) setting.refuse(file.string() + " cannot be read, or is empty.");
    return content.str();
}

fs::path read_interpreter(const Setting& setting, Interpreters interpreters) {
    fs::path python = setting.text();
    if (!python.is_absolute()) setting.refuse("expected an absolute path, got '" + python.string() + "'.");
    if (interpreters == Interpreters::kHere && access(python.c_str(), X_OK) != 0)
        setting.refuse("there is no program " + python.string() + ".");
    return python;
}

/// group:artifact:version
std::string read_coordinates(const Setting& setting) {
    std::string coordinates = setting.text();
    if (std::ranges::count(coordinates, ':') != 2)
        setting.refuse("expected group:artifact:version, got '" + coordinates + "'.");
    return coordinates;
}

/// 16.4.x-scala2.13 → 16.4
std::string runtime_of(const std::string& key) {
    const std::string runtime = key.substr(0, key.find_first_not_of("0123456789."));
    return runtime.substr(0, runtime.find_last_not_of('.') + 1);
}

/// One of Stoker's own is changed where the file says something; another one has to be told in full.
SparkVersion read_spark_version(const std::string& key, const Setting& setting, Interpreters interpreters) {
    check_name(setting, key);
    SparkVersion version;
    const auto own = std::ranges::find(own_spark_versions(), key, &SparkVersion::key);
    if (own != own_spark_versions().end()) version = *own;
    version.key = key;
    if (version.runtime.empty()) version.runtime = runtime_of(key);
    for (const auto& [field, value] : setting.members()) {
        if (field == "name")
            version.name = value.text();
        else if (field == "runtime")
            version.runtime = value.text();
        else if (field == "requirements")
            version.requirements = read_requirements(value);
        else if (field == "delta_lake")
            version.delta_lake = read_coordinates(value);
        else if (field == "python")
            version.python = read_interpreter(value, interpreters);
        else
            value.refuse_member(field, "name, runtime, requirements, delta_lake and python");
    }
    if (version.name.empty()) setting.lacks("name");
    if (version.runtime.empty()) setting.lacks("runtime");
    if (version.requirements.empty()) setting.lacks("requirements");
    if (version.delta_lake.empty()) setting.lacks("delta_lake");
    return version;
}

std::string read_template(const Setting& setting) {
    try {
        return read_pod_template(setting.beside_file(setting.text()));
    } catch (const SettingsError&) {
        throw;
    } catch (const std::runtime_error& wrong) {
        setting.refuse(wrong.what());
    }
}

KubernetesSettings read_kubernetes(const Setting& setting) {
    KubernetesSettings settings;
    for (const auto& [field, value] : setting.members()) {
        if (field == "kubeconfig") {
            settings.kubeconfig = value.beside_file(value.text());
        } else if (field == "namespace") {
            settings.namespace_name = value.text();
        } else if (field == "pod_templates") {
            for (const auto& [name, file] : value.members()) {
                check_name(file, name);
                settings.pod_templates[name] = read_template(file);
            }
        } else {
            value.refuse_member(field, "kubeconfig, namespace and pod_templates");
        }
    }
    return settings;
}

YAML::Node load(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream || fs::is_directory(file)) throw SettingsError(file.string() + ": the settings file cannot be read.");
    try {
        return YAML::Load(stream);
    } catch (const YAML::Exception& error) {
        throw SettingsError(file.string() + ":" + std::to_string(error.mark.line + 1) + ": " + error.msg + ".");
    }
}

}  // namespace

ComputeSettings read_compute_settings(const fs::path& file, Interpreters interpreters) {
    const YAML::Node root = load(file);
    ComputeSettings settings;
    if (root.IsNull()) return settings;
    std::optional<Setting> default_node_type;
    for (const auto& [field, value] : Setting(file, root, "").members()) {
        if (field == "node_types") {
            for (const auto& [name, type] : value.members()) settings.node_types.push_back(read_node_type(name, type));
        } else if (field == "spark_versions") {
            for (const auto& [key, version] : value.members())
                settings.spark_versions.push_back(read_spark_version(key, version, interpreters));
        } else if (field == "default_node_type") {
            settings.default_node_type = value.text();
            default_node_type.emplace(value);
        } else if (field == "kubernetes") {
            settings.kubernetes = read_kubernetes(value);
        } else {
            value.refuse_member(field, "node_types, spark_versions, default_node_type and kubernetes");
        }
    }
    if (default_node_type && !Catalog({}, settings).find_node_type(settings.default_node_type))
        default_node_type->refuse("node type '" + settings.default_node_type +
                                  "' is neither among node_types nor a well-known name.");
    return settings;
}

}  // namespace stoker::clusters
