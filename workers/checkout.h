#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "clusters/git_source.h"

namespace stoker::workers {

/// The files of one commit as the runs of this worker see them: a read-only folder, which stands for a folder of the
/// workspace (clusters::workspace_folder_of). It outlives the runs that hold it.
class Checkout {
  public:
    Checkout(std::filesystem::path folder, const clusters::GitSource& source, std::string commit);

    const std::filesystem::path& folder() const { return folder_; }
    const std::string& workspace_folder() const { return workspace_folder_; }
    /// Whether an absolute path of the workspace leads into it.
    bool holds(const std::string& workspace_path) const;

    struct Notebook {
        std::string workspace_path;  // without an extension
        std::string content;
        std::string format;    // SOURCE or JUPYTER
        std::string language;  // PYTHON, SQL, ...
    };
    /// The notebook at a path that is relative to the repository, or such a one of the workspace, with or without its
    /// extension. Throws RunRefused when there is none that can be run.
    Notebook notebook(const std::string& path) const;

  private:
    std::filesystem::path folder_;
    std::string workspace_folder_;
    std::string git_url_;
    std::string commit_;
};

}  // namespace stoker::workers
