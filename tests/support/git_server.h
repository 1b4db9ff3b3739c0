#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "clusters/children.h"

namespace stoker::test {

/// Repositories behind a real HTTP server (git_http_server.py), made and changed by the git of this machine. A
/// repository is named by its path on the server: "r.git", "private/r.git".
class GitServer {
  public:
    /// `children`: those of whoever ends strays in this process.
    explicit GitServer(clusters::Children& children);
    ~GitServer();
    GitServer(const GitServer&) = delete;

    static constexpr const char* kUser = "ann";
    static constexpr const char* kToken = "s3cret-token";

    std::string url(const std::string& path) const;
    /// Commits files (path, content) to the branch, made when missing, on top of what is there. The commit.
    std::string commit(const std::string& repository, const std::string& branch,
                       const std::vector<std::pair<std::string, std::string>>& files);
    /// The same of a symbolic link.
    std::string commit_link(const std::string& repository, const std::string& branch, const std::string& path,
                            const std::string& target);
    /// A commit, on a new branch, of a tree as `git mktree` takes it, which may name what no sane git would.
    std::string commit_tree(const std::string& repository, const std::string& branch, const std::string& listing);
    /// git in the repository itself; its output without the end of line.
    std::string git(const std::string& repository, std::vector<std::string> arguments, const std::string& input = "");
    /// "<host> <path> <user:password or ->" of every request so far.
    std::vector<std::string> requests() const;

  private:
    std::filesystem::path make(const std::string& repository);

    clusters::Children& children_;
    std::filesystem::path folder_;
    pid_t pid_ = 0;
    std::string port_;
};

}  // namespace stoker::test
