#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "clusters/command.h"
#include "clusters/confinement.h"

namespace stoker::clusters {

/// Why a repository could not be checked out, for the user: git's own last line.
class GitError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What a user has to read private repositories with.
struct GitCredential {
    std::string username;
    std::string token;
    std::string version;  // another one for every token that was ever stored
};

/// What a repository may cost this machine.
struct GitLimits {
    std::uint64_t bytes = std::uint64_t{2} << 30;  // of what is downloaded at once, and of the files of a commit
    std::uint64_t files = 200'000;                 // of a commit, those that patterns leave out among them
    std::chrono::seconds time{600};                // of one command
};

/// One call of git, which reads what strangers wrote: without settings, hooks, prompts and protocols but http and
/// https; as another OS user, in a Landlock domain.
struct GitCall {
    std::vector<std::string> arguments;
    std::map<std::string, std::string> environ;
    Reach reach;
    /// Set for what goes to the network. The credential is given to the host of `url` alone, by a descriptor: it stands
    /// in no argument, variable or file.
    std::string url;
    std::optional<GitCredential> credential;
};

/// Runs git on the calling thread. Thread-safe.
class GitRunner {
  public:
    struct Settings {
        Confinement confinement;
        std::string os_user;  // "" = the caller's
        GitLimits limits;
    };
    /// `children` must outlive it.
    GitRunner(Children& children, Settings settings) : children_(children), settings_(std::move(settings)) {}

    /// Also what fails is returned; throws GitError only for what git cannot say itself: too large, too slow, no git.
    CommandResult run(GitCall call, const std::stop_token& stop, const OnLine& on_line = nullptr) const;
    /// Throws GitError unless git succeeds.
    std::string output_of(GitCall call, const std::stop_token& stop) const;

    const GitLimits& limits() const { return settings_.limits; }
    const std::string& os_user() const { return settings_.os_user; }
    /// Ends what commands have left running.
    void end_strays() const { children_.end_strays(); }

  private:
    Children& children_;
    const Settings settings_;
};

/// The last thing that git has to say, without "fatal: ". Pure.
std::string git_error(std::string_view output);
std::string size_in_words(std::uint64_t bytes);

}  // namespace stoker::clusters
