#include "clusters/confinement.h"

#include <algorithm>
#include <array>
#include <sstream>

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

constexpr std::array kNoSettings{"HOME", "PATH", "TMPDIR", "UV_CACHE_DIR"};
constexpr std::array kInHome{".netrc", ".pip", ".config/pip", ".config/uv", ".gitconfig", ".config/git", ".m2"};

/// Of `/a` and `file:///a` the path; "" for what is none.
std::string path_in(std::string word) {
    if (word.starts_with("file://")) word.erase(0, 7);
    return word.starts_with("/") ? word : "";
}

}  // namespace

SpawnRequest confined(SpawnRequest request, const Confinement& confinement, const Reach& reach) {
    // -P: modules come from the package, never from the folder that the command is to work in.
    std::vector<std::string> argv{confinement.python.string(), "-P", "-m", "stoker_kernel.confined"};
    for (const fs::path& path : reach.read) argv.insert(argv.end(), {"--read", path.string()});
    for (const fs::path& path : reach.write) argv.insert(argv.end(), {"--write", path.string()});
    argv.emplace_back("--");
    argv.insert(argv.end(), request.argv.begin(), request.argv.end());
    request.argv = std::move(argv);
    request.environ["PYTHONPATH"] = confinement.kernel_path.string();
    return request;
}

std::vector<fs::path> operator_settings(const std::map<std::string, std::string>& environ) {
    std::vector<fs::path> paths;
    for (const auto& [name, value] : environ) {
        if (std::find(kNoSettings.begin(), kNoSettings.end(), name) != kNoSettings.end()) continue;
        std::istringstream words(value);
        for (std::string word; words >> word;)
            if (const std::string path = path_in(word); !path.empty()) paths.emplace_back(path);
    }
    if (const auto home = environ.find("HOME"); home != environ.end() && !home->second.empty())
        for (const char* name : kInHome) paths.push_back(fs::path(home->second) / name);
    return paths;
}

std::vector<fs::path> shared_scratch(const fs::path& data_folder) {
    if (data_folder.string().starts_with("/tmp/")) return {};
    return {"/tmp"};
}

}  // namespace stoker::clusters
