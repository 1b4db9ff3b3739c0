#include "clusters/environment.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include <pwd.h>
#include <yaml-cpp/yaml.h>

#include "clusters/python_build.h"
#include "core/hash.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

// Raised when the way an environment is built changes, so that old ones are not taken for new.
constexpr int kRecipe = 1;

bool is_python(const Library& library) {
    return library.kind == LibraryKind::kPypi || library.kind == LibraryKind::kWhl ||
           library.kind == LibraryKind::kRequirements;
}

bool is_file(const Library& library) {
    return library.kind == LibraryKind::kWhl || library.kind == LibraryKind::kRequirements;
}

std::string normalized(std::string_view name) {
    std::string result;
    for (unsigned char c : name) result.push_back(c == '_' || c == '.' ? '-' : static_cast<char>(std::tolower(c)));
    return result;
}

std::string package_name(const Library& library) {
    std::string name = library.name;
    if (library.kind == LibraryKind::kWhl) {
        name.erase(0, name.rfind('/') + 1);
        return normalized(name.substr(0, name.find('-')));
    }
    auto end = std::find_if(name.begin(), name.end(),
                            [](unsigned char c) { return !std::isalnum(c) && c != '-' && c != '_' && c != '.'; });
    return normalized(std::string(name.begin(), end));
}

bool has_word(const std::string& text, const std::string& word) {
    auto is_part = [](unsigned char c) { return std::isalnum(c) || c == '-'; };
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
        bool starts = at == 0 || !is_part(static_cast<unsigned char>(text[at - 1]));
        std::size_t end = at + word.size();
        if (starts && (end == text.size() || !is_part(static_cast<unsigned char>(text[end])))) return true;
    }
    return false;
}

}  // namespace

EnvironmentBuilder::EnvironmentBuilder(Children& children, Settings settings)
    : children_(children),
      settings_(std::move(settings)),
      tool_settings_{settings_.python, settings_.uv, settings_.uv_cache, settings_.data_folder / "tools",
                     settings_.kernel_user},
      sources_{settings_.dbfs_root, settings_.data_folder, settings_.kernel_user, settings_.workspace_file} {}

const PythonTools& EnvironmentBuilder::tools(const fs::path& python, const std::stop_token& stop) {
    std::lock_guard lock(mutex_);
    auto found = tools_.find(python);
    if (found == tools_.end()) {
        PythonToolSettings wanted = tool_settings_;
        if (!python.empty()) wanted.python = python;
        found = tools_.emplace(python, find_python_tools(children_, wanted, stop)).first;
    }
    return found->second;
}

Confinement EnvironmentBuilder::confinement(const std::stop_token& stop) {
    return {tools("", stop).python, settings_.kernel_path};
}

Environment EnvironmentBuilder::build(const EnvironmentRequest& request, const Progress& progress,
                                      const std::stop_token& stop) {
    const PythonTools& found = tools(request.spark_version.python, stop);
    PythonBuild build;
    build.runtime = request.spark_version.requirements;
    build.requirements = request.requirements;
    std::vector<std::string> contents;
    for (const Library& library : request.libraries) {
        if (!is_python(library)) continue;
        std::string content;
        if (is_file(library)) {
            content = read_library_file(sources_, children_, confinement(stop), request.reader, library, stop);
            contents.push_back(content);
        }
        build.libraries.push_back({&library, std::move(content)});
    }

    std::string hash = environment_hash(request, contents, found);
    BuildFolder folder(settings_.data_folder / kEnvironments, hash);
    InUse in_use = folder.make_once(
        [&](const fs::path& path) {
            // By the interpreter of the environment, which so is within uv's reach; pip's settings are the node's.
            PythonBuilder builder{children_,
                                  found,
                                  {found.python, settings_.kernel_path},
                                  uv_environ(children_, tool_settings_, tools("", stop)),
                                  settings_.kernel_user,
                                  progress,
                                  stop};
            builder.make(build, path);
            make_read_only(path);
        },
        stop);
    return {hash, folder.path(), folder.path() / "bin/python", std::move(in_use)};
}

void EnvironmentBuilder::clean_up() {
    remove_unfinished(settings_.data_folder / kEnvironments);
}

std::string environment_hash(const EnvironmentRequest& request, const std::vector<std::string>& contents,
                             const PythonTools& tools) {
    nlohmann::json asked = {{"recipe", kRecipe},
                            {"runtime", request.spark_version.requirements},
                            {"python", tools.python.string()},
                            {"python_version", tools.python_version},
                            {"requirements", request.requirements}};
    // The order of pypi libraries means nothing to the resolver.
    std::vector<std::string> plain;
    nlohmann::json files = nlohmann::json::array();
    std::size_t next_content = 0;
    for (const Library& library : request.libraries) {
        if (library.kind == LibraryKind::kPypi) plain.push_back(to_json(library).dump());
        if (!is_file(library)) continue;
        // A wheel's name is part of it: it tells package, version and platform.
        std::string file = library.name.substr(library.name.rfind('/') + 1);
        files.push_back({static_cast<int>(library.kind), library.kind == LibraryKind::kWhl ? file : "",
                         sha256_hex(contents.at(next_content++))});
    }
    std::sort(plain.begin(), plain.end());
    plain.erase(std::unique(plain.begin(), plain.end()), plain.end());
    asked["pypi"] = plain;
    asked["files"] = files;
    return sha256_hex(asked.dump()).substr(0, 32);
}

std::vector<std::string> conda_pip_requirements(const std::string& conda_yaml) {
    std::vector<std::string> requirements;
    YAML::Node root;
    try {
        root = YAML::Load(conda_yaml);
    } catch (const YAML::Exception& error) {
        throw std::runtime_error(std::string("conda.yaml: ") + error.what());
    }
    if (!root.IsMap() || !root["dependencies"] || !root["dependencies"].IsSequence())
        throw std::runtime_error("conda.yaml: expected a list 'dependencies'.");
    for (const YAML::Node& dependency : root["dependencies"]) {
        if (!dependency.IsMap() || !dependency["pip"]) continue;
        if (!dependency["pip"].IsSequence()) throw std::runtime_error("conda.yaml: expected a list 'pip'.");
        for (const YAML::Node& requirement : dependency["pip"]) {
            auto text = requirement.as<std::string>();
            if (text.starts_with("-"))
                throw std::runtime_error("conda.yaml: pip option '" + text + "' is not supported.");
            requirements.push_back(std::move(text));
        }
    }
    return requirements;
}

const Library* library_named_in(const std::vector<const Library*>& libraries, const std::string& message) {
    std::string text = normalized(message);
    for (const Library* library : libraries)
        if (library->kind != LibraryKind::kRequirements && has_word(text, package_name(*library))) return library;
    return libraries.size() == 1 ? libraries.front() : nullptr;
}

}  // namespace stoker::clusters
