#include "clusters/git_checkouts.h"

#include <cstdlib>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clusters/build_folder.h"
#include "core/random.h"
#include "tests/support/git_server.h"
#include "tests/support/manual_clock.h"

namespace stoker::clusters {
namespace {
namespace fs = std::filesystem;
using test::GitServer;

std::string kernel_user() {
    if (geteuid() != 0) return "";
    return getpwnam("stoker-kernel") ? "stoker-kernel" : "nobody";
}

class GitCheckoutsTest : public ::testing::Test {
  protected:
    GitCheckoutsTest() : folder_(fs::temp_directory_path() / ("stoker-checkouts-" + random_hex(8))) {
        become_subreaper();
        fs::create_directories(folder_ / "copies");
        settings_.folder = folder_ / "git";
        settings_.git.confinement = {"python3", fs::absolute("workers/kernel")};
        settings_.git.os_user = kernel_user();
    }
    ~GitCheckoutsTest() override { remove_folder(folder_); }

    GitCheckouts checkouts() { return {children_, clock_, settings_}; }
    GitAccess branch(const std::string& repository, const std::string& name = "main") {
        GitAccess access;
        access.source.git_url = server_.url(repository);
        access.source.git_branch = name;
        return access;
    }
    static GitCredential credential(const std::string& token = GitServer::kToken) {
        return {GitServer::kUser, token, "version of " + token};
    }
    /// The copy's folder.
    fs::path check_out(const GitAccess& access, const std::string& commit) {
        const fs::path copy = folder_ / "copies" / std::to_string(++copies_);
        checkouts().check_out(access, commit, copy, {});
        return copy;
    }
    fs::path check_out(const GitAccess& access) { return check_out(access, checkouts().resolve(access, {})); }
    template <class Body>
    std::string failure(Body body) {
        try {
            body();
        } catch (const GitError& error) {
            return error.what();
        }
        return "";
    }
    std::string failure_of(const GitAccess& access) {
        return failure([&] { check_out(access); });
    }
    static std::string read(const fs::path& file) {
        std::ifstream stream(file);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    static std::vector<std::string> names_in(const fs::path& folder) {
        std::vector<std::string> names;
        for (const auto& entry : fs::recursive_directory_iterator(folder))
            names.push_back(entry.path().lexically_relative(folder));
        std::ranges::sort(names);
        return names;
    }
    /// Times that something was downloaded.
    std::size_t downloads(const std::string& repository) const {
        const auto requests = server_.requests();
        return static_cast<std::size_t>(std::ranges::count_if(requests, [&](const std::string& line) {
            return line.find("/" + repository + "/git-upload-pack") != std::string::npos;
        }));
    }
    std::vector<fs::path> commits_kept() const {
        std::vector<fs::path> kept;
        for (const auto& source : fs::directory_iterator(settings_.folder))
            if (fs::exists(source.path() / "commits"))
                for (const auto& commit : fs::directory_iterator(source.path() / "commits"))
                    if (commit.path().filename() != ".locks") kept.push_back(commit.path());
        return kept;
    }

    const fs::path folder_;
    Children children_;
    GitServer server_{children_};
    test::ManualClock clock_;
    GitCheckouts::Settings settings_;
    int copies_ = 0;
};

TEST_F(GitCheckoutsTest, ABranchIsCheckedOutReadOnly) {
    const std::string commit = server_.commit("r.git", "main", {{"a/b.py", "print(1)\n"}, {"top.txt", "x"}});
    EXPECT_EQ(checkouts().resolve(branch("r.git"), {}), commit);
    const fs::path copy = check_out(branch("r.git"));
    EXPECT_EQ(names_in(copy), (std::vector<std::string>{"a", "a/b.py", "top.txt"}));
    EXPECT_EQ(read(copy / "a/b.py"), "print(1)\n");
    EXPECT_EQ(fs::status(copy / "a").permissions(), fs::perms(0555));
    EXPECT_EQ(fs::status(copy / "a/b.py").permissions(), fs::perms(0444));
    struct stat status {};
    ASSERT_EQ(stat((copy / "top.txt").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, geteuid());
}

TEST_F(GitCheckoutsTest, ABranchThatMovedIsFollowedAndEarlierCommitsStay) {
    const std::string first = server_.commit("r.git", "main", {{"f", "one"}});
    EXPECT_EQ(read(check_out(branch("r.git")) / "f"), "one");
    server_.commit("r.git", "main", {{"f", "two"}});
    EXPECT_EQ(read(check_out(branch("r.git")) / "f"), "two");
    EXPECT_EQ(read(check_out(branch("r.git"), first) / "f"), "one");
}

TEST_F(GitCheckoutsTest, TagsAreOfWhatTheyPointTo) {
    const std::string first = server_.commit("r.git", "main", {{"f", "one"}});
    server_.git("r.git", {"tag", "plain", first});
    server_.git("r.git", {"tag", "-a", "-m", "a tag", "annotated", first});
    server_.commit("r.git", "main", {{"f", "two"}});
    for (const char* tag : {"plain", "annotated"}) {
        GitAccess access = branch("r.git", "");
        access.source.git_tag = tag;
        EXPECT_EQ(checkouts().resolve(access, {}), first) << tag;
    }
    GitAccess branch_named_as_a_tag = branch("r.git", "plain");
    EXPECT_NE(failure_of(branch_named_as_a_tag).find("there is no branch 'plain' in http://"), std::string::npos);
}

TEST_F(GitCheckoutsTest, ACommitIsNamedInFullOrByItsFirstDigits) {
    const std::string first = server_.commit("r.git", "main", {{"f", "one"}});
    server_.commit("r.git", "main", {{"f", "two"}});
    GitAccess access = branch("r.git", "");
    access.source.git_commit = first;
    EXPECT_EQ(checkouts().resolve(access, {}), first);
    EXPECT_TRUE(server_.requests().empty());
    EXPECT_EQ(read(check_out(access) / "f"), "one");
    access.source.git_commit = first.substr(0, 9);
    EXPECT_EQ(checkouts().resolve(access, {}), first);
    EXPECT_EQ(read(check_out(access) / "f"), "one");
    for (const std::string& unknown : {std::string("0123456"), std::string(40, '1')}) {
        access.source.git_commit = unknown;
        EXPECT_NE(failure_of(access).find("commit"), std::string::npos) << failure_of(access);
        EXPECT_NE(failure_of(access).find(unknown), std::string::npos) << failure_of(access);
    }
}

TEST_F(GitCheckoutsTest, AServerOfTheFirstProtocolGivesCommitsToo) {
    const std::string first = server_.commit("r.git", "main", {{"f", "one"}});
    server_.commit("r.git", "main", {{"f", "two"}});
    EXPECT_EQ(read(check_out(branch("old/r.git")) / "f"), "two");
    EXPECT_EQ(read(check_out(branch("old/r.git"), first) / "f"), "one");
}

TEST_F(GitCheckoutsTest, PatternsChooseFolders) {
    server_.commit("r.git", "main", {{"top", ""}, {"a/x", ""}, {"a/b/y", ""}, {"c/z", ""}});
    GitAccess access = branch("r.git");
    access.source.patterns = {"a/b"};
    EXPECT_EQ(names_in(check_out(access)), (std::vector<std::string>{"a", "a/b", "a/b/y", "a/x", "top"}));
    EXPECT_EQ(names_in(check_out(branch("r.git"))).size(), 7u);
}

TEST_F(GitCheckoutsTest, EqualRequestsShareOneCheckoutAndOneDownload) {
    const std::string commit = server_.commit("r.git", "main", {{"f", "one"}});
    const GitAccess access = branch("r.git");
    GitCheckouts one = checkouts(), another = checkouts();
    {
        std::vector<std::jthread> all;
        for (int i = 0; i < 6; ++i)
            all.emplace_back([&, i] {
                (i % 2 ? one : another).check_out(access, commit, folder_ / "copies" / ("t" + std::to_string(i)), {});
            });
    }
    EXPECT_EQ(commits_kept().size(), 1u);
    const std::size_t once = downloads("r.git");
    check_out(access, commit);
    EXPECT_EQ(downloads("r.git"), once);
    struct stat a {
    }, b{};
    ASSERT_EQ(stat((folder_ / "copies/t0/f").c_str(), &a), 0);
    ASSERT_EQ(stat((folder_ / "copies/t5/f").c_str(), &b), 0);
    EXPECT_EQ(a.st_ino, b.st_ino);
}

TEST_F(GitCheckoutsTest, APrivateRepositoryNeedsItsToken) {
    server_.commit("private/r.git", "main", {{"f", "secret"}});
    GitAccess access = branch("private/r.git");
    EXPECT_NE(failure_of(access).find("terminal prompts disabled"), std::string::npos) << failure_of(access);
    access.credential = credential("wrong");
    EXPECT_NE(failure_of(access).find("Authentication failed"), std::string::npos) << failure_of(access);
    access.credential = credential();
    EXPECT_EQ(read(check_out(access) / "f"), "secret");
}

TEST_F(GitCheckoutsTest, WhatOneTokenHasReadIsNotThereForOthers) {
    const std::string commit = server_.commit("private/r.git", "main", {{"f", "secret"}});
    GitAccess access = branch("private/r.git");
    access.credential = credential();
    check_out(access, commit);
    access.credential = credential("wrong");
    EXPECT_NE(failure([&] { check_out(access, commit); }), "");
    access.credential.reset();
    EXPECT_NE(failure([&] { check_out(access, commit); }), "");
    EXPECT_FALSE(fs::exists(folder_ / "copies" / std::to_string(copies_)));
}

TEST_F(GitCheckoutsTest, ATokenGoesToTheHostOfTheAddressAlone) {
    server_.commit("private/r.git", "main", {{"f", "secret"}});
    GitAccess access = branch("moved/r.git");
    access.credential = credential();
    EXPECT_NE(failure_of(access), "");
    bool asked = false;
    for (const std::string& line : server_.requests()) {
        if (!line.starts_with("localhost ")) continue;
        asked = true;
        EXPECT_TRUE(line.ends_with(" -")) << line;
    }
    EXPECT_TRUE(asked);
}

TEST_F(GitCheckoutsTest, ATokenIsInNoFile) {
    server_.commit("private/r.git", "main", {{"f", "public"}});
    GitAccess access = branch("private/r.git");
    access.credential = credential();
    check_out(access);
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
        if (!entry.is_regular_file()) continue;
        EXPECT_EQ(read(entry.path()).find(GitServer::kToken), std::string::npos) << entry.path();
    }
}

TEST_F(GitCheckoutsTest, LinksThatLeadOutBecomePlainFiles) {
    server_.commit("r.git", "main", {{"a/f", "x"}, {"a/b/g", "y"}});
    server_.commit_link("r.git", "main", "inside", "a/f");
    server_.commit_link("r.git", "main", "a/folder", "b");
    server_.commit_link("r.git", "main", "absolute", "/etc/passwd");
    server_.commit_link("r.git", "main", "a/climbs", "../../../../etc/passwd");
    server_.commit_link("r.git", "main", "a/b/up", "../..");
    server_.commit_link("r.git", "main", "by_another", "a/b/up/../etc");
    server_.commit_link("r.git", "main", "loop", "loop");
    server_.commit_link("r.git", "main", "nowhere", "a/missing");
    const fs::path copy = check_out(branch("r.git"));
    EXPECT_EQ(read(copy / "inside"), "x");
    EXPECT_EQ(read(copy / "a/folder/g"), "y");
    EXPECT_TRUE(fs::is_symlink(copy / "nowhere"));
    const std::vector<std::pair<std::string, std::string>> out{{"absolute", "/etc/passwd"},
                                                               {"a/climbs", "../../../../etc/passwd"},
                                                               {"by_another", "a/b/up/../etc"},
                                                               {"loop", "loop"}};
    for (const auto& [path, text] : out) {
        EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(copy / path))) << path;
        EXPECT_EQ(read(copy / path), text);
    }
}

TEST_F(GitCheckoutsTest, NamesThatLeadOutAreRefused) {
    server_.commit("r.git", "main", {{"f", "x"}});
    const std::string blob = server_.git("r.git", {"rev-parse", "main:f"});
    const std::string tree = server_.git("r.git", {"rev-parse", "main^{tree}"});
    const std::vector<std::string> hostile{"100644 blob " + blob + "\t..\n", "040000 tree " + tree + "\t..\n",
                                           "040000 tree " + tree + "\t.git\n", "040000 tree " + tree + "\t.GIT\n",
                                           "100644 blob " + blob + "\tgit~1\n"};
    for (std::size_t i = 0; i < hostile.size(); ++i) {
        const std::string name = "hostile" + std::to_string(i);
        server_.commit_tree("r.git", name, hostile[i]);
        EXPECT_NE(failure_of(branch("r.git", name)), "") << hostile[i];
    }
    EXPECT_FALSE(fs::exists(folder_ / "copies/f"));
}

TEST_F(GitCheckoutsTest, SubmodulesAreNotFollowed) {
    const std::string other = server_.commit("other.git", "main", {{"f", "x"}});
    server_.commit("r.git", "main",
                   {{"kept", ""}, {".gitmodules", "[submodule \"s\"]\n\tpath = s\n\turl = file:///etc\n"}});
    server_.commit_tree("r.git", "with",
                        server_.git("r.git", {"ls-tree", "main"}) + "\n160000 commit " + other + "\ts\n");
    const fs::path copy = check_out(branch("r.git", "with"));
    EXPECT_TRUE(fs::is_empty(copy / "s"));
    EXPECT_TRUE(fs::exists(copy / "kept"));
}

TEST_F(GitCheckoutsTest, NoCodeOfTheRepositoryRuns) {
    const fs::path trace = folder_ / "trace";
    server_.commit("r.git", "main",
                   {{".gitattributes", "* filter=evil diff=evil merge=evil\n"},
                    {".gitconfig", "[filter \"evil\"]\n\tsmudge = touch " + trace.string() + "\n"},
                    {"hooks/post-checkout", "#!/bin/sh\ntouch " + trace.string() + "\n"},
                    {"f", "x"}});
    check_out(branch("r.git"));
    EXPECT_FALSE(fs::exists(trace));
}

TEST_F(GitCheckoutsTest, WhatIsTooLargeIsRefused) {
    settings_.git.limits.bytes = 2 * 1024 * 1024;
    settings_.git.limits.files = 100;
    server_.commit("download.git", "main", {{"f", random_bytes(3 * 1024 * 1024)}});
    EXPECT_EQ(failure_of(branch("download.git")), "the repository is larger than 2 MB");
    server_.commit("files.git", "main", {{"f", std::string(3 * 1024 * 1024, 'a')}});  // a small pack
    EXPECT_NE(failure_of(branch("files.git")).find("has more than 2 MB or 100 files"), std::string::npos);
    // Ten folders of ten of ten …, all of them the same: 10^9 files in a handful of objects.
    server_.commit("bomb.git", "main", {{"f", "x"}});
    std::string line = "100644 blob " + server_.git("bomb.git", {"rev-parse", "main:f"});
    for (int depth = 0; depth < 9; ++depth) {
        std::string listing;
        for (int i = 0; i < 10; ++i) listing += line + "\t" + std::to_string(i) + "\n";
        line = "040000 tree " + server_.git("bomb.git", {"mktree"}, listing);
    }
    server_.commit_tree("bomb.git", "main", line + "\troot\n");
    EXPECT_NE(failure_of(branch("bomb.git")).find("has more than 2 MB or 100 files"), std::string::npos);
    EXPECT_TRUE(commits_kept().empty());
}

TEST_F(GitCheckoutsTest, AServerThatDoesNotAnswerIsNotWaitedForAlways) {
    settings_.git.limits.time = std::chrono::seconds(2);
    EXPECT_EQ(failure_of(branch("slow/r.git")), "it took longer than 2 seconds");
}

TEST_F(GitCheckoutsTest, OtherProtocolsAreNotSpoken) {
    server_.commit("r.git", "main", {{"f", "x"}});
    GitAccess access = branch("r.git");
    for (const std::string url : {"file:///tmp/r.git", "ssh://127.0.0.1/r.git", "ext::sh -c touch% /tmp/x"}) {
        access.source.git_url = url;
        EXPECT_NE(failure_of(access).find("not allowed"), std::string::npos) << failure_of(access);
    }
}

TEST_F(GitCheckoutsTest, AServerOrRepositoryThatIsNotThereIsNamedByGit) {
    EXPECT_NE(failure_of(branch("missing.git")).find("/missing.git/' not found"), std::string::npos);
    GitAccess access = branch("r.git");
    access.source.git_url = "http://127.0.0.1:1/r.git";
    EXPECT_NE(failure_of(access).find("127.0.0.1"), std::string::npos) << failure_of(access);
}

TEST_F(GitCheckoutsTest, AStopRequestEndsIt) {
    std::stop_source stop;
    const GitAccess access = branch("slow/r.git");
    std::jthread asks_to_stop([&] {
        while (server_.requests().empty() && !stop.stop_requested()) std::this_thread::yield();
        stop.request_stop();
    });
    EXPECT_THROW(checkouts().resolve(access, stop.get_token()), Stopped);
}

TEST_F(GitCheckoutsTest, WhatAKilledFetchLeftBehindIsBegunAnew) {
    const std::string first = server_.commit("r.git", "main", {{"f", "one"}});
    check_out(branch("r.git"), first);
    const fs::path source = commits_kept().at(0).parent_path().parent_path();
    std::ofstream(source / "repository/shallow.lock").close();
    std::ofstream(source / "repository.changing").close();
    server_.commit("r.git", "main", {{"f", "two"}});
    EXPECT_EQ(read(check_out(branch("r.git")) / "f"), "two");
}

TEST_F(GitCheckoutsTest, TheLeastRecentlyUsedLeaveAndCopiesStay) {
    settings_.kept_bytes = 1000;
    auto commit = [&](const std::string& content) {
        return server_.commit("r.git", "main", {{"f", content + std::string(400, ' ')}});
    };
    const std::string first = commit("1"), second = commit("2"), third = commit("3");
    const fs::path copy = check_out(branch("r.git"), first);
    clock_.advance(std::chrono::hours(1));
    check_out(branch("r.git"), second);
    clock_.advance(std::chrono::hours(1));
    check_out(branch("r.git"), first);
    clock_.advance(std::chrono::hours(1));
    check_out(branch("r.git"), third);
    auto is_kept = [&](const std::string& wanted) {
        return std::ranges::any_of(commits_kept(), [&](const fs::path& kept) { return kept.filename() == wanted; });
    };
    EXPECT_TRUE(is_kept(first));
    EXPECT_FALSE(is_kept(second));
    EXPECT_TRUE(is_kept(third));
    clock_.advance(std::chrono::hours(24 * 8));
    server_.commit("other.git", "main", {{"f", "x"}});
    check_out(branch("other.git"));
    EXPECT_EQ(commits_kept().size(), 1u);  // of other.git; the other repository is gone with its commits
    EXPECT_EQ(read(copy / "f").front(), '1');
}

TEST(GitError, IsTheLastFatalLine) {
    EXPECT_EQ(git_error("remote: no\nfatal: repository 'x' not found\n"), "repository 'x' not found");
    EXPECT_EQ(git_error("error: one\nhint: two\n"), "one");
    EXPECT_EQ(git_error("something\r\n\n"), "something");
    EXPECT_EQ(git_error(""), "git failed and said nothing");
}

}  // namespace
}  // namespace stoker::clusters
