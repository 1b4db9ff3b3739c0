#include "clusters/git_repository.h"

#include <cerrno>
#include <charconv>
#include <fstream>
#include <sstream>
#include <system_error>

#include <unistd.h>

#include "clusters/build_folder.h"
#include "clusters/process.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;
// More packs slow git down, and old ones may be of commits that nobody wants any more.
constexpr int kMostPacks = 20;

/// Why a server that speaks the first version of the protocol, or none, gives no single commit.
bool gives_no_single_commit(const std::string& output) {
    return output.find("unadvertised object") != std::string::npos ||
           output.find("does not support shallow") != std::string::npos;
}

/// The lines "<commit>\t<name>" of ls-remote, among whatever else was printed.
std::string commit_at(const std::string& listed, const std::string& name) {
    std::istringstream lines(listed);
    std::string commit;
    for (std::string line; std::getline(lines, line);) {
        const auto tab = line.find('\t');
        if (tab == std::string::npos || !is_whole_commit(line.substr(0, tab))) continue;
        const std::string named = line.substr(tab + 1);
        if (named == name + "^{}") return line.substr(0, tab);  // what an annotated tag is of
        if (named == name) commit = line.substr(0, tab);
    }
    return commit;
}

/// Adds up "<mode> <type> <object> <size>\t<path>" lines and ends the command at a limit: trees can name the same trees
/// over and over, to more files than any disk holds.
class SizeCount {
  public:
    SizeCount(const GitLimits& limits, std::stop_source& enough) : limits_(limits), enough_(enough) {}

    void add(std::string_view line) {
        const auto tab = line.find('\t');
        if (tab == std::string_view::npos) return;
        const auto begin = line.rfind(' ', tab) + 1;
        std::uint64_t size = 0;  // of a submodule "-"
        std::from_chars(line.data() + begin, line.data() + tab, size);
        bytes_ += size;
        ++files_;
        if (too_large()) enough_.request_stop();
    }
    bool too_large() const { return files_ > limits_.files || bytes_ > limits_.bytes; }

  private:
    const GitLimits& limits_;
    std::stop_source& enough_;
    std::uint64_t bytes_ = 0;
    std::uint64_t files_ = 0;
};

/// As git reads a path that may hold colons.
std::string quoted(const fs::path& path) {
    std::string text = "\"";
    for (char c : path.string()) {
        if (c == '"' || c == '\\') text.push_back('\\');
        text.push_back(c);
    }
    return text + "\"";
}

}  // namespace

GitRepository::GitRepository(const GitRunner& git, fs::path folder, const GitSource& source,
                             const std::optional<GitCredential>& credential)
    : git_(git),
      folder_(std::move(folder)),
      mark_(folder_.string() + ".changing"),
      source_(source),
      credential_(credential) {}

GitCall GitRepository::local(std::vector<std::string> arguments) const {
    GitCall call;
    call.arguments = std::move(arguments);
    call.environ = {{"GIT_DIR", folder_.string()}};
    call.reach.write.push_back(folder_);
    return call;
}

GitCall GitRepository::remote(std::vector<std::string> arguments) const {
    GitCall call = local(std::move(arguments));
    call.url = source_.git_url;
    call.credential = credential_;
    return call;
}

std::string GitRepository::remote_commit(const std::stop_token& stop) const {
    const bool is_branch = !source_.git_branch.empty();
    const std::string name = is_branch ? "refs/heads/" + source_.git_branch : "refs/tags/" + source_.git_tag;
    GitCall call = remote({"ls-remote", "--", source_.git_url, name, name + "^{}"});
    call.environ.clear();
    call.reach = {};
    const std::string commit = commit_at(git_.output_of(std::move(call), stop), name);
    if (commit.empty())
        throw GitError("there is no " + (is_branch ? "branch '" + source_.git_branch : "tag '" + source_.git_tag) +
                       "' in " + source_.git_url);
    return commit;
}

std::string GitRepository::whole_commit(const std::stop_token& stop) {
    fetch_all(stop);
    const CommandResult found = git_.run(
        local({"rev-parse", "--verify", "--quiet", "--end-of-options", source_.git_commit + "^{commit}"}), stop);
    const std::string commit = found.output.substr(0, found.output.find('\n'));
    if (found.status != 0 || !is_whole_commit(commit))
        throw GitError("there is no one commit '" + source_.git_commit + "' in " + source_.git_url);
    return commit;
}

void GitRepository::fetch(const std::string& commit, const std::stop_token& stop) {
    if (fs::exists(folder_ / "config") && holds(commit, stop)) return;
    begin_anew_when_large();
    make(stop);
    const CommandResult fetched =
        change(remote({"fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules",
                       "--", source_.git_url, commit + ":refs/stoker/" + commit}),
               stop);
    if (fetched.status != 0 && !gives_no_single_commit(fetched.output)) {
        if (fetched.output.find("not our ref") != std::string::npos)
            throw GitError("there is no commit " + commit + " in " + source_.git_url);
        throw GitError(git_error(fetched.output));
    }
    if (fetched.status == 0) return;
    fetch_all(stop);
    if (!holds(commit, stop)) throw GitError("there is no commit " + commit + " in " + source_.git_url);
}

void GitRepository::fetch_all(const std::stop_token& stop) {
    make(stop);
    std::vector<std::string> arguments{
        "fetch", "--quiet",       "--no-write-fetch-head",      "--no-recurse-submodules", "--unshallow",
        "--",    source_.git_url, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"};
    if (!fs::exists(folder_ / "shallow")) std::erase(arguments, "--unshallow");
    const CommandResult fetched = change(remote(std::move(arguments)), stop);
    if (fetched.status != 0) throw GitError(git_error(fetched.output));
}

bool GitRepository::holds(const std::string& commit, const std::stop_token& stop) const {
    return git_.run(local({"cat-file", "-e", commit + "^{commit}"}), stop).status == 0;
}

void GitRepository::make(const std::stop_token& stop) {
    if (fs::exists(mark_)) remove_folder(folder_);
    if (fs::exists(folder_ / "config")) return;
    remove_folder(folder_);
    make_folder_for(folder_, git_.os_user());
    change(local({"init", "--quiet", "--bare", "--template="}), stop);
}

CommandResult GitRepository::change(GitCall call, const std::stop_token& stop) const {
    std::ofstream(mark_).close();
    CommandResult result = git_.run(std::move(call), stop);
    fs::remove(mark_);
    return result;
}

void GitRepository::begin_anew_when_large() const {
    std::error_code ignored;
    std::uint64_t bytes = 0;
    int packs = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_ / "objects/pack", ignored)) {
        bytes += entry.file_size(ignored);
        packs += entry.path().extension() == ".pack";
    }
    if (packs > kMostPacks || bytes > git_.limits().bytes) remove_folder(folder_);
}

void GitRepository::check_size(const std::string& commit, const std::stop_token& stop) const {
    std::stop_source enough;
    const std::stop_callback passed_on(stop, [&] { enough.request_stop(); });
    SizeCount count(git_.limits(), enough);
    CommandResult listed;
    try {
        listed = git_.run(local({"ls-tree", "-r", "-l", commit}), enough.get_token(),
                          [&](std::string_view line) { count.add(line); });
    } catch (const Stopped&) {
        if (!count.too_large()) throw;
    }
    if (count.too_large())
        throw GitError("commit " + commit + " has more than " + size_in_words(git_.limits().bytes) + " or " +
                       std::to_string(git_.limits().files) + " files");
    if (listed.status != 0) throw GitError(git_error(listed.output));
}

void GitRepository::lay_out(const std::string& commit, const fs::path& tree, const fs::path& scratch,
                            const std::stop_token& stop) const {
    check_size(commit, stop);
    // A repository beside the one that is shared: index and patterns are of this layout alone.
    const auto call = [&](std::vector<std::string> arguments) {
        GitCall made;
        made.arguments = std::move(arguments);
        made.environ = {{"GIT_DIR", (scratch / "git").string()},
                        {"GIT_WORK_TREE", tree.string()},
                        {"GIT_ALTERNATE_OBJECT_DIRECTORIES", quoted(folder_ / "objects")}};
        made.reach = {{folder_}, {scratch, tree}};
        return made;
    };
    git_.output_of(call({"init", "--quiet", "--template="}), stop);
    if (!source_.patterns.empty()) {
        std::vector<std::string> arguments{"sparse-checkout", "set", "--cone"};
        arguments.insert(arguments.end(), source_.patterns.begin(), source_.patterns.end());
        git_.output_of(call(std::move(arguments)), stop);
    }
    git_.output_of(call({"read-tree", "-m", "-u", commit}), stop);
    git_.end_strays();
}

void make_folder_for(const fs::path& folder, const std::string& os_user) {
    fs::create_directories(folder);
    fs::permissions(folder, fs::perms::owner_all);
    if (os_user.empty()) return;
    const UserIds user = ids_of(os_user);
    if (chown(folder.c_str(), user.user, user.group) < 0)
        throw std::system_error(errno, std::generic_category(), folder.string());
}

}  // namespace stoker::clusters
