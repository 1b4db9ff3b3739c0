#include "clusters/git_checkouts.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <functional>
#include <map>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

#include "clusters/build_folder.h"
#include "clusters/closed_tree.h"
#include "core/hash.h"

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// Raised when a checkout is made in another way, so that old ones are not taken for new.
constexpr int kRecipe = 1;
constexpr const char* kTree = "tree";
constexpr const char* kScratch = "scratch";
constexpr EpochMillis kDay = 24 * 3600 * 1000;

std::string short_hash(const Json& of) {
    return sha256_hex(of.dump()).substr(0, 32);
}

std::string name_of(const GitSource& source, const std::string& commit) {
    if (source.patterns.empty()) return commit;
    return commit + "-" + short_hash(source.patterns).substr(0, 12);
}

/// Folders that others pass through and nobody else lists.
void make_passage(const fs::path& folder) {
    fs::create_directories(folder);
    fs::permissions(folder, fs::perms(0711));
}

/// The file that says how large a commit is, and by its time when it was last used.
fs::path size_file(const fs::path& commit) {
    return commit / "bytes";
}

void mark_used(const fs::path& commit, EpochMillis now) {
    const timespec time{now / 1000, now % 1000 * 1'000'000};
    const timespec times[2] = {time, time};
    if (utimensat(AT_FDCWD, size_file(commit).c_str(), times, 0) < 0)
        throw std::system_error(errno, std::generic_category(), commit.string());
}

/// 0 of what was never whole.
EpochMillis last_used(const fs::path& commit) {
    struct stat status {};
    if (stat(size_file(commit).c_str(), &status) < 0) return 0;
    return status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1'000'000;
}

std::uint64_t bytes_in(const fs::path& folder) {
    std::uint64_t bytes = 0;
    std::ifstream(size_file(folder)) >> bytes;
    return bytes;
}

std::vector<fs::path> folders_in(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored))
        if (entry.is_directory(ignored) && !entry.path().filename().string().starts_with("."))
            found.push_back(entry.path());
    return found;
}

}  // namespace

/// Where the commits of one repository and credential are.
///
///   <data>/git/.locks/<source>            held shared by whoever uses the source, alone by who removes from it
///   <data>/git/<source>/repository        git's own
///   <data>/git/<source>/repository.lock   held by who changes it
///   <data>/git/<source>/commits/<name>    with tree/ in it; made under BuildFolder's lock
struct GitCheckouts::Place {
    explicit Place(const fs::path& source_folder)
        : source(source_folder),
          lock(source.parent_path() / ".locks" / source.filename()),
          repository(source / "repository"),
          repository_lock(source / "repository.lock"),
          commits(source / "commits") {}

    fs::path source;
    fs::path lock;
    fs::path repository;
    fs::path repository_lock;
    fs::path commits;
};

GitCheckouts::GitCheckouts(Children& children, const Clock& clock, Settings settings)
    : clock_(clock), settings_(std::move(settings)), git_(children, settings_.git) {}

GitCheckouts::Place GitCheckouts::place_of(const GitAccess& access) const {
    const Json who = access.credential ? Json(access.credential->version) : Json();
    return Place(settings_.folder / short_hash({kRecipe, access.source.git_url, who}));
}

std::string GitCheckouts::key_of(const GitAccess& access, const std::string& commit) {
    const Json who = access.credential ? Json(access.credential->version) : Json();
    return short_hash({access.source.git_url, who, name_of(access.source, commit)});
}

std::string GitCheckouts::resolve(const GitAccess& access, const std::stop_token& stop) {
    const GitSource& source = access.source;
    if (is_whole_commit(source.git_commit)) return source.git_commit;
    const Place place = place_of(access);
    GitRepository repository(git_, place.repository, source, access.credential);
    if (source.git_commit.empty()) return repository.remote_commit(stop);
    const FileLock used = use(place, stop);
    FileLock repository_lock(place.repository_lock);
    repository_lock.wait(FileLock::Kind::kExclusive, stop);
    return repository.whole_commit(stop);
}

FileLock GitCheckouts::use(const Place& place, const std::stop_token& stop) const {
    for (const fs::path& folder : {settings_.folder, settings_.folder / ".locks"}) make_passage(folder);
    FileLock lock(place.lock);
    lock.wait(FileLock::Kind::kShared, stop);
    for (const fs::path& folder : {place.source, place.commits}) make_passage(folder);
    return lock;
}

void GitCheckouts::check_out(const GitAccess& access, const std::string& commit, const fs::path& copy,
                             const std::stop_token& stop) {
    const Place place = place_of(access);
    bool made = false;
    {
        const FileLock used = use(place, stop);
        BuildFolder folder(place.commits, name_of(access.source, commit));
        folder.make_once(
            [&](const fs::path& path) {
                make(access, place, commit, path, stop);
                made = true;
            },
            stop);
        mark_used(folder.path(), clock_.epoch_millis());
        try {
            link_tree(folder.path() / kTree, copy);
        } catch (...) {
            remove_folder(copy);
            throw;
        }
    }
    if (made) remove_unused();
}

void GitCheckouts::make(const GitAccess& access, const Place& place, const std::string& commit, const fs::path& folder,
                        const std::stop_token& stop) const {
    GitRepository repository(git_, place.repository, access.source, access.credential);
    make_passage(folder);
    for (const char* name : {kTree, kScratch}) make_folder_for(folder / name, git_.os_user());
    {
        FileLock lock(place.repository_lock);
        lock.wait(FileLock::Kind::kExclusive, stop);
        repository.fetch(commit, stop);
        repository.lay_out(commit, folder / kTree, folder / kScratch, stop);
    }
    remove_folder(folder / kScratch);
    const std::uint64_t bytes = close_tree(folder / kTree);
    std::ofstream(size_file(folder)) << bytes;
    fs::permissions(folder, fs::perms(0711));
}

void GitCheckouts::remove_unused() const {
    struct Commit {
        fs::path source;
        std::string name;
        EpochMillis used;
        std::uint64_t bytes;
    };
    std::vector<Commit> commits;
    for (const fs::path& source : folders_in(settings_.folder))
        for (const fs::path& folder : folders_in(Place(source).commits))
            commits.push_back({source, folder.filename(), last_used(folder), bytes_in(folder)});
    std::ranges::sort(commits, std::greater<>(), &Commit::used);
    const EpochMillis oldest = clock_.epoch_millis() - settings_.kept_days * kDay;
    std::map<fs::path, std::vector<std::string>> leaving;
    std::uint64_t kept = 0;
    for (const Commit& commit : commits) {
        kept += commit.bytes;
        const bool stays = &commit == &commits.front() || (kept <= settings_.kept_bytes && commit.used >= oldest);
        if (!stays) leaving[commit.source].push_back(commit.name);
    }
    for (const auto& [source, names] : leaving) remove_commits(Place(source), names);
}

void GitCheckouts::remove_commits(const Place& place, const std::vector<std::string>& names) {
    FileLock lock(place.lock);
    if (!lock.try_now(FileLock::Kind::kExclusive)) return;  // in use: another time
    for (const std::string& name : names) {
        remove_folder(place.commits / name);
        fs::remove(place.commits / ".locks" / name);
    }
    if (folders_in(place.commits).empty()) remove_folder(place.source);
}

}  // namespace stoker::clusters
