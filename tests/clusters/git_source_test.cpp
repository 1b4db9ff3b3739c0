#include "clusters/git_source.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace stoker::clusters {
namespace {
using Json = nlohmann::json;

Json valid() {
    return {{"git_url", "https://example.com/team/etl.git"}, {"git_provider", "gitHub"}, {"git_branch", "main"}};
}

GitSource parsed(const Json& json) {
    return parse_git_source(JsonReader(json, "git_source"));
}

TEST(GitSource, IsReadAsTheReferenceSpellsIt) {
    Json json = valid();
    json["git_provider"] = "GITLABENTERPRISEEDITION";
    json["sparse_checkout"] = {{"patterns", {"/src/etl/", "docs/*", "src/etl"}}};
    const GitSource source = parsed(json);
    EXPECT_EQ(source.git_url, "https://example.com/team/etl.git");
    EXPECT_EQ(source.git_provider, "gitLabEnterpriseEdition");
    EXPECT_EQ(source.git_branch, "main");
    EXPECT_EQ(source.patterns, (std::vector<std::string>{"docs", "src/etl"}));
    json = valid();
    json["git_url"] = "HTTPS://org@dev.azure.com:443/org/p/_git/r";
    json.erase("git_branch");
    json["git_commit"] = "ABCDEF0";
    EXPECT_EQ(parsed(json).git_url, "HTTPS://dev.azure.com:443/org/p/_git/r");
    EXPECT_EQ(parsed(json).git_commit, "abcdef0");
}

TEST(GitSource, NotebooksSeeItInOneFolderForAllCommits) {
    GitSource source;
    source.git_url = "https://example.com:8443/team/etl.git/";
    EXPECT_EQ(workspace_folder_of(source), "/Repos/.internal/example.com:8443/team/etl");
    source.git_url = "http://h/a//../../../b";
    EXPECT_EQ(workspace_folder_of(source), "/Repos/.internal/b");
}

struct Refused {
    const char* field;
    Json value;
    const char* message;
};

class RefusedGitSource : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedGitSource, NamesTheField) {
    const Refused& refused = GetParam();
    Json json = valid();
    json[refused.field] = refused.value;
    try {
        parsed(json);
        FAIL() << json;
    } catch (const ApiError& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInvalidParameterValue);
        EXPECT_TRUE(std::string(error.what()).starts_with("git_source.")) << error.what();
        EXPECT_NE(std::string(error.what()).find(refused.message), std::string::npos) << error.what();
    }
}

INSTANTIATE_TEST_SUITE_P(
    Fields, RefusedGitSource,
    ::testing::Values(Refused{"git_url", nullptr, "git_source.git_url"}, Refused{"git_url", 7, "git_url"},
                      Refused{"git_url", "ssh://git@h/r", "git_url: expected an https:// or http:// address"},
                      Refused{"git_url", "git@github.com:o/r.git", "ssh"}, Refused{"git_url", "file:///etc", "git_url"},
                      Refused{"git_url", "--upload-pack=x", "git_url"}, Refused{"git_url", "https://", "git_url"},
                      Refused{"git_url", "https:///r", "git_url"}, Refused{"git_url", "https://host", "git_url"},
                      Refused{"git_url", "https://h/", "git_url"}, Refused{"git_url", "https://h/a b", "git_url"},
                      Refused{"git_url", "https://h/r\n", "git_url"}, Refused{"git_url", "https://h/r?x=1", "git_url"},
                      Refused{"git_url", "https://u:secret@h/r", "must hold no password"},
                      Refused{"git_url", "https://h/" + std::string(2000, 'r'), "longer than"},
                      Refused{"git_provider", nullptr, "git_source.git_provider"},
                      Refused{"git_provider", "cvs", "expected one of gitHub, gitLab"},
                      Refused{"git_branch", nullptr, "one of git_branch, git_tag and git_commit is required"},
                      Refused{"git_branch", "", "is required"}, Refused{"git_branch", "a..b", "git_branch"},
                      Refused{"git_branch", "-x", "git_branch"}, Refused{"git_branch", "a b", "git_branch"},
                      Refused{"git_branch", "ma*n", "git_branch"}, Refused{"git_branch", "x.lock", "git_branch"},
                      Refused{"git_branch", "a\n", "git_branch"}, Refused{"git_tag", "v1", "only one of"},
                      Refused{"git_commit", "abc123", "only one of"}, Refused{"git_commit", "main", "git_commit"},
                      Refused{"git_commit", std::string(41, 'a'), "git_commit"},
                      Refused{"sparse_checkout", "src", "sparse_checkout"},
                      Refused{"sparse_checkout", {{"patterns", "src"}}, "sparse_checkout.patterns"},
                      Refused{"sparse_checkout", {{"patterns", {"../x"}}}, "sparse_checkout.patterns"},
                      Refused{"sparse_checkout", {{"patterns", {"--x"}}}, "sparse_checkout.patterns"},
                      Refused{"sparse_checkout", {{"patterns", {"*.py"}}}, "sparse_checkout.patterns"},
                      Refused{"sparse_checkout", {{"patterns", {"/"}}}, "sparse_checkout.patterns"},
                      Refused{"sparse_checkout", {{"patterns", std::vector<std::string>(101, "x")}}, "more than 100"}));

}  // namespace
}  // namespace stoker::clusters
