#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "clusters/file_lock.h"
#include "clusters/git_repository.h"
#include "core/clock.h"

namespace stoker::clusters {

/// A repository as one user may read it.
struct GitAccess {
    GitSource source;
    std::optional<GitCredential> credential;
};

/// The checkouts of one data folder, in <data>/git: for each repository and credential the commits that were asked for
/// and one read-only folder a commit (and patterns), made once by whichever worker comes first. Workers take hard links
/// of it, so that the folder can go while runs use its files. A credential is part of what a checkout is found by: what
/// one user's token has read is not there for another.
///
/// Bounds: the least recently used commits leave when all of them hold more than `kept_bytes`, or when nobody has asked
/// for them for `kept_days`; the repository goes with its last commit. Thread-safe; blocks the calling thread.
class GitCheckouts {
  public:
    struct Settings {
        std::filesystem::path folder;  // <data>/git
        GitRunner::Settings git;
        std::uint64_t kept_bytes = std::uint64_t{10} << 30;
        int kept_days = 7;
    };
    /// `children` and `clock` must outlive it.
    GitCheckouts(Children& children, const Clock& clock, Settings settings);

    /// The commit that the source means now. Throws GitError, Stopped.
    std::string resolve(const GitAccess& access, const std::stop_token& stop);
    /// Makes `copy`, whose parent exists, the read-only tree of the commit's files. Throws GitError, Stopped.
    void check_out(const GitAccess& access, const std::string& commit, const std::filesystem::path& copy,
                   const std::stop_token& stop);
    /// The same for requests that may share a checkout.
    static std::string key_of(const GitAccess& access, const std::string& commit);

  private:
    struct Place;
    Place place_of(const GitAccess& access) const;
    void make(const GitAccess& access, const Place& place, const std::string& commit,
              const std::filesystem::path& folder, const std::stop_token& stop) const;
    FileLock use(const Place& place, const std::stop_token& stop) const;
    void remove_unused() const;
    static void remove_commits(const Place& place, const std::vector<std::string>& names);

    const Clock& clock_;
    const Settings settings_;
    const GitRunner git_;
};

}  // namespace stoker::clusters
