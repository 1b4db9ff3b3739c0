#include "tests/support/git_server.h"

#include <array>
#include <fstream>
#include <map>
#include <stdexcept>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clusters/command.h"
#include "clusters/file_descriptor.h"
#include "core/random.h"

namespace stoker::test {
namespace fs = std::filesystem;

namespace {

std::map<std::string, std::string> git_environ() {
    auto environ = clusters::machine_environ();
    environ["GIT_CONFIG_GLOBAL"] = "/dev/null";
    environ["GIT_CONFIG_NOSYSTEM"] = "1";
    for (const char* who : {"AUTHOR", "COMMITTER"}) {
        environ["GIT_" + std::string(who) + "_NAME"] = "Ann";
        environ["GIT_" + std::string(who) + "_EMAIL"] = "ann@example.com";
    }
    return environ;
}

clusters::FileDescriptor file_of(const std::string& text) {
    clusters::FileDescriptor file(memfd_create("input", MFD_CLOEXEC));
    if (write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        throw std::runtime_error("memfd");
    lseek(file.get(), 0, SEEK_SET);
    return file;
}

}  // namespace

GitServer::GitServer(clusters::Children& children)
    : children_(children), folder_(fs::temp_directory_path() / ("stoker-git-" + random_hex(8))) {
    fs::create_directories(folder_ / "root");
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) < 0) throw std::runtime_error("pipe");
    clusters::FileDescriptor reading(ends[0]), writing(ends[1]);
    clusters::SpawnRequest request = clusters::command_line(
        {"python3", fs::absolute("tests/support/git_http_server.py"), "--root", (folder_ / "root").string(), "--log",
         (folder_ / "log").string(), "--user", std::string(kUser) + ":" + kToken},
        git_environ());
    request.descriptors = {{writing.get(), 1}};
    pid_ = children_.spawn(request);
    writing.reset();
    std::array<char, 16> port{};
    const ssize_t got = read(reading.get(), port.data(), port.size());
    if (got <= 1) throw std::runtime_error("the Git server does not start");
    port_.assign(port.data(), static_cast<std::size_t>(got) - 1);
}

GitServer::~GitServer() {
    clusters::kill_tree(pid_);
    children_.reap(pid_);
    fs::remove_all(folder_);
}

std::string GitServer::url(const std::string& path) const {
    return "http://127.0.0.1:" + port_ + "/" + path;
}

fs::path GitServer::make(const std::string& repository) {
    const fs::path folder = folder_ / "root" / repository;
    if (fs::exists(folder)) return folder;
    fs::create_directories(folder);
    git(repository, {"init", "--quiet", "--bare"});
    return folder;
}

std::string GitServer::git(const std::string& repository, std::vector<std::string> arguments,
                           const std::string& input) {
    const fs::path folder = make(repository);
    arguments.insert(arguments.begin(), {"git", "--git-dir", folder.string()});
    const clusters::FileDescriptor standard_input = file_of(input);
    clusters::SpawnRequest request = clusters::command_line(std::move(arguments), git_environ());
    request.environ["GIT_INDEX_FILE"] = folder.string() + ".index";
    request.descriptors = {{standard_input.get(), 0}};
    clusters::CommandResult result = clusters::run_command(children_, std::move(request));
    if (result.status != 0) throw std::runtime_error(result.output);
    while (result.output.ends_with('\n')) result.output.pop_back();
    return result.output;
}

std::string GitServer::commit(const std::string& repository, const std::string& branch,
                              const std::vector<std::pair<std::string, std::string>>& files) {
    const fs::path folder = make(repository);
    const std::string ref = "refs/heads/" + branch;
    const std::string parent = git(repository, {"for-each-ref", "--format=%(objectname)", ref});
    git(repository, {"read-tree", parent.empty() ? "--empty" : parent});
    for (const auto& [path, content] : files) {
        const std::string blob = git(repository, {"hash-object", "-w", "--stdin"}, content);
        git(repository, {"update-index", "--add", "--cacheinfo", "100644," + blob + "," + path});
    }
    std::vector<std::string> arguments{"commit-tree", git(repository, {"write-tree"}), "-m", "a commit"};
    if (!parent.empty()) arguments.insert(arguments.end(), {"-p", parent});
    const std::string commit = git(repository, std::move(arguments));
    git(repository, {"update-ref", ref, commit});
    return commit;
}

std::string GitServer::commit_link(const std::string& repository, const std::string& branch, const std::string& path,
                                   const std::string& target) {
    commit(repository, branch, {});
    const std::string blob = git(repository, {"hash-object", "-w", "--stdin"}, target);
    git(repository, {"update-index", "--add", "--cacheinfo", "120000," + blob + "," + path});
    const std::string parent = git(repository, {"rev-parse", "refs/heads/" + branch});
    const std::string commit =
        git(repository, {"commit-tree", git(repository, {"write-tree"}), "-m", "a link", "-p", parent});
    git(repository, {"update-ref", "refs/heads/" + branch, commit});
    return commit;
}

std::string GitServer::commit_tree(const std::string& repository, const std::string& branch,
                                   const std::string& listing) {
    const std::string tree = git(repository, {"mktree", "--missing"}, listing);
    const std::string commit = git(repository, {"commit-tree", tree, "-m", "a tree"});
    git(repository, {"update-ref", "refs/heads/" + branch, commit});
    return commit;
}

std::vector<std::string> GitServer::requests() const {
    std::vector<std::string> lines;
    std::ifstream log(folder_ / "log");
    for (std::string line; std::getline(log, line);) lines.push_back(line);
    return lines;
}

}  // namespace stoker::test
