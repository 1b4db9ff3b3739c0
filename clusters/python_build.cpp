#include "clusters/python_build.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

/// Lines that would read other files or run other code than the library says.
void check_requirements_file(const Library& library, const std::string& content) {
    std::istringstream lines(content);
    for (std::string line; std::getline(lines, line);) {
        line.erase(0, line.find_first_not_of(" \t"));
        for (const char* option : {"-r", "-c", "-e", "--requirement", "--constraint", "--editable"})
            if (line.starts_with(option))
                throw LibraryError(library, "the line '" + line + "' is not supported in a requirements library.");
    }
}

/// uv's "Resolved 61 packages in 2s" becomes what a person waits for.
void tell(const Progress& progress, std::string_view line, const std::string& what) {
    if (!progress || !line.starts_with("Resolved ")) return;
    std::string count(line.substr(9, line.find(' ', 9) - 9));
    progress(InstallStage::kInstalling, "Installing " + count + " Python packages" + what);
}

std::string names_of(const std::vector<const Library*>& libraries) {
    std::string names;
    for (const Library* library : libraries) names += (names.empty() ? "" : ", ") + describe(*library);
    return names;
}

}  // namespace

PythonBuilder::PythonBuilder(Children& children, const PythonTools& tools, Confinement confinement,
                             std::map<std::string, std::string> environment, std::string os_user, Progress progress,
                             std::stop_token stop)
    : children_(children),
      tools_(tools),
      confinement_(std::move(confinement)),
      environment_(std::move(environment)),
      os_user_(std::move(os_user)),
      progress_(std::move(progress)),
      stop_(std::move(stop)) {}

void PythonBuilder::make(const PythonBuild& build, const fs::path& folder) {
    fs::permissions(folder, fs::perms(0755));
    give_to_builder(folder);
    folder_ = folder;
    CommandResult made =
        uv({"venv", "--quiet", "--allow-existing", "--python", tools_.python.string(), folder.string()}, false);
    if (made.status != 0) {
        refuse_full_disk(made.output, folder_.parent_path());
        throw std::runtime_error("The Python environment could not be made: " + uv_error(made.output));
    }
    python_ = folder / "bin/python";
    scratch_ = folder / ".scratch";
    fs::create_directory(scratch_);
    fs::permissions(scratch_, fs::perms(0755));
    give_to_builder(scratch_);

    // All files are written before the first code of others runs: it could put links in their places.
    Step runtime{{"--requirements", write_scratch("runtime.txt", build.runtime).string()}, {}, true};
    std::vector<Step> steps = steps_of(build);
    environment_["TMPDIR"] = scratch_;
    // A file that libraries' code may write must not be the cache's own.
    if (!steps.empty()) environment_["UV_LINK_MODE"] = "copy";
    // What does not resolve is told within a second, before the runtime is installed.
    if (progress_ && !steps.empty()) progress_(InstallStage::kResolving, "Resolving libraries");
    for (const Step& step : steps) install(step, {"--dry-run"});

    const std::vector<std::string> last =
        steps.empty() ? std::vector<std::string>{"--compile-bytecode"} : std::vector<std::string>{};
    // The runtime is pinned: what the cache holds of it needs no word of the index, and no download.
    std::vector<std::string> cached = last;
    cached.push_back("--offline");
    if (try_install(runtime, cached).status != 0) install(runtime, last);
    for (const Step& step : steps)
        install(step,
                &step == &steps.back() ? std::vector<std::string>{"--compile-bytecode"} : std::vector<std::string>{});
    // What a build left running could still change what is being closed.
    children_.end_strays();
    fs::remove_all(scratch_);
}

std::vector<PythonBuilder::Step> PythonBuilder::steps_of(const PythonBuild& build) const {
    std::vector<std::pair<std::string, Step>> by_repo;
    auto step_for = [&](const std::string& repo) -> Step& {
        for (auto& [known, step] : by_repo)
            if (known == repo) return step;
        by_repo.emplace_back(repo, Step{});
        if (!repo.empty()) by_repo.back().second.arguments = {"--index", repo};
        return by_repo.back().second;
    };
    for (const auto& [library, content] : build.libraries) {
        Step& step = step_for(library->repo);
        step.libraries.push_back(library);
        if (library->kind == LibraryKind::kPypi) {
            step.arguments.push_back(library->name);
        } else if (library->kind == LibraryKind::kWhl) {
            step.arguments.push_back(
                write_scratch(library->name.substr(library->name.rfind('/') + 1), content).string());
        } else {
            check_requirements_file(*library, content);
            std::string name = "requirements-" + std::to_string(step.libraries.size()) + ".txt";
            step.arguments.insert(step.arguments.end(), {"--requirements", write_scratch(name, content).string()});
        }
    }
    if (!build.requirements.empty()) {
        Step& step = step_for("");
        step.arguments.insert(step.arguments.end(), build.requirements.begin(), build.requirements.end());
    }
    std::vector<Step> steps;
    for (auto& [repo, step] : by_repo) steps.push_back(std::move(step));
    return steps;
}

void PythonBuilder::give_to_builder(const fs::path& path) const {
    if (os_user_.empty()) return;
    const passwd* user = getpwnam(os_user_.c_str());
    if (!user || chown(path.c_str(), user->pw_uid, user->pw_gid) < 0)
        throw std::runtime_error(path.string() + " cannot be given to the OS user " + os_user_ + ".");
}

fs::path PythonBuilder::write_scratch(const std::string& name, const std::string& content) const {
    fs::path file = scratch_ / name;
    std::ofstream stream(file, std::ios::binary);
    stream << content;
    stream.close();
    if (!stream) throw std::system_error(errno, std::generic_category(), file.string());
    fs::permissions(file, fs::perms(0644));
    return file;
}

CommandResult PythonBuilder::uv(std::vector<std::string> arguments, bool with_libraries, const OnLine& on_line) const {
    arguments.insert(arguments.begin(), tools_.uv.string());
    SpawnRequest request = command_line(std::move(arguments), environment_, os_user_);
    Reach reach{operator_settings(environment_), {folder_}};
    reach.read.push_back(tools_.uv);
    if (with_libraries) {
        request.environ["UV_CACHE_DIR"] = scratch_ / "cache";
    } else {
        reach.write.emplace_back(environment_.at("UV_CACHE_DIR"));
    }
    return run_command(children_, confined(std::move(request), confinement_, reach), on_line, stop_);
}

CommandResult PythonBuilder::try_install(const Step& step, const std::vector<std::string>& options) const {
    std::vector<std::string> arguments{"pip", "install", "--python", python_.string()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(arguments.end(), step.arguments.begin(), step.arguments.end());
    bool dry = !options.empty() && options.front() == "--dry-run";
    std::string what = step.is_runtime ? " of the runtime" : "";
    return uv(std::move(arguments), !step.is_runtime,
              [&](std::string_view line) { dry ? void() : tell(progress_, line, what); });
}

void PythonBuilder::install(const Step& step, const std::vector<std::string>& options) const {
    CommandResult result = try_install(step, options);
    if (result.status == 0) return;
    refuse_full_disk(result.output, folder_.parent_path());
    std::string why = uv_error(result.output);
    if (const Library* guilty = library_named_in(step.libraries, why)) throw LibraryError(*guilty, why);
    if (!step.libraries.empty())
        throw LibraryError("Library installation failed: " + names_of(step.libraries) + ": " + why);
    throw LibraryError("Library installation failed: Python packages: " + why);
}

}  // namespace stoker::clusters
