#pragma once
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "clusters/git_command.h"
#include "clusters/git_source.h"

namespace stoker::clusters {

/// The local copy of one repository: a bare one that holds the commits that were asked for, each without its history
/// where the server can do so. What it holds is what one user may see. Blocks the calling thread; one at a time calls
/// what changes it.
class GitRepository {
  public:
    /// `folder` is made at the first fetch. All three must outlive it.
    GitRepository(const GitRunner& git, std::filesystem::path folder, const GitSource& source,
                  const std::optional<GitCredential>& credential);

    /// The commit that branch or tag is at now, as its server says. Changes nothing. Throws GitError.
    std::string remote_commit(const std::stop_token& stop) const;
    /// The whole id of a commit that the source names by the first of its digits. Throws GitError.
    std::string whole_commit(const std::stop_token& stop);
    /// Makes it hold the commit. Throws GitError.
    void fetch(const std::string& commit, const std::stop_token& stop);
    /// Writes the commit's files, those that the patterns name, into `tree`, an empty folder. `scratch` is a folder for
    /// git's own files. Both belong to the runner's OS user. Throws GitError.
    void lay_out(const std::string& commit, const std::filesystem::path& tree, const std::filesystem::path& scratch,
                 const std::stop_token& stop) const;

  private:
    GitCall local(std::vector<std::string> arguments) const;
    GitCall remote(std::vector<std::string> arguments) const;
    void make(const std::stop_token& stop);
    CommandResult change(GitCall call, const std::stop_token& stop) const;
    void begin_anew_when_large() const;
    bool holds(const std::string& commit, const std::stop_token& stop) const;
    void fetch_all(const std::stop_token& stop);
    void check_size(const std::string& commit, const std::stop_token& stop) const;

    const GitRunner& git_;
    const std::filesystem::path folder_;
    const std::filesystem::path mark_;  // there while git changes it: what was killed leaves locks and halves behind
    const GitSource& source_;
    const std::optional<GitCredential>& credential_;
};

/// Makes a folder that belongs to the OS user ("" = the caller's) and is closed to others.
void make_folder_for(const std::filesystem::path& folder, const std::string& os_user);

}  // namespace stoker::clusters
