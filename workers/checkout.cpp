#include "workers/checkout.h"

#include <array>
#include <cerrno>

#include <sys/stat.h>

#include "clusters/file_beneath.h"
#include "workers/run_refused.h"

namespace stoker::workers {
namespace fs = std::filesystem;

namespace {

// As the workspace's import takes them.
constexpr off_t kLargestNotebook = 10 * 1024 * 1024;

/// What a path may leave away. The order decides among files of one name.
struct Extension {
    std::string_view text;
    std::string_view format;
    std::string_view language;
};
constexpr std::array kExtensions{Extension{".py", "SOURCE", "PYTHON"}, Extension{".ipynb", "JUPYTER", "PYTHON"},
                                 Extension{".sql", "SOURCE", "SQL"},   Extension{".scala", "SOURCE", "SCALA"},
                                 Extension{".r", "SOURCE", "R"},       Extension{".R", "SOURCE", "R"}};
constexpr Extension kNone{"", "SOURCE", "PYTHON"};

Extension extension_of(const fs::path& path) {
    for (const Extension& extension : kExtensions)
        if (path.extension() == extension.text) return extension;
    return kNone;
}

off_t size_of(const clusters::FileDescriptor& file) {
    struct stat status {};
    return fstat(file.get(), &status) == 0 ? status.st_size : 0;
}

}  // namespace

Checkout::Checkout(fs::path folder, const clusters::GitSource& source, std::string commit)
    : folder_(std::move(folder)),
      workspace_folder_(clusters::workspace_folder_of(source)),
      git_url_(source.git_url),
      commit_(std::move(commit)) {}

bool Checkout::holds(const std::string& workspace_path) const {
    return workspace_path.starts_with(workspace_folder_ + "/");
}

Checkout::Notebook Checkout::notebook(const std::string& path) const {
    const std::string relative =
        fs::path(holds(path) ? path.substr(workspace_folder_.size() + 1) : path).lexically_normal();
    std::string file = relative;
    auto opened = clusters::open_beneath(folder_, file);
    for (const Extension& extension : kExtensions) {
        if (opened && clusters::is_plain_file(opened)) break;
        file = relative + std::string(extension.text);
        opened = clusters::open_beneath(folder_, file);
    }
    const std::string where = git_url_ + " at commit " + commit_;
    if (!opened || !clusters::is_plain_file(opened)) throw RunRefused(notebook_not_in_repository(path, where));
    if (size_of(opened) > kLargestNotebook)
        throw RunRefused(notebook_not_in_repository(path, where + ": it is larger than 10 MB"));
    const Extension extension = extension_of(file);
    const std::string shown = file.substr(0, file.size() - extension.text.size());
    return {workspace_folder_ + "/" + shown, clusters::read_all(opened), std::string(extension.format),
            std::string(extension.language)};
}

}  // namespace stoker::workers
