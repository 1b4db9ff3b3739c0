#include "api/wire/git_source.h"

#include <gtest/gtest.h>

#include "api/wire/job_settings.h"
#include "core/error.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

template <class Body>
std::string refusal(Body body) {
    try {
        body();
    } catch (const ApiError& error) {
        return error.what();
    }
    return "";
}

TEST(ReadGitSource, IsAbsentOrChecked) {
    for (const Json& none : {Json::object(), Json{{"git_source", nullptr}}, Json{{"git_source", Json::object()}}})
        EXPECT_FALSE(read_git_source(JsonReader(none)));
    Json settings{{"git_source", {{"git_url", "https://h/r"}, {"git_provider", "github"}, {"git_tag", "v1"}}}};
    EXPECT_EQ(read_git_source(JsonReader(settings))->git_tag, "v1");
    settings["git_source"]["git_url"] = "ssh://h/r";
    EXPECT_EQ(refusal([&] { read_git_source(JsonReader(settings)); }).substr(0, 18), "git_source.git_url");
}

TEST(ReadGitSource, IsPartOfAJobsCheck) {
    const clusters::Catalog catalog(clusters::this_machine());
    const auto refused = [&](const Json& source, const std::string& notebook_path) {
        const Json task{
            {"task_key", "a"}, {"existing_cluster_id", "c"}, {"notebook_task", {{"notebook_path", notebook_path}}}};
        const Json job{{"name", "j"}, {"tasks", {task}}, {"git_source", source}};
        return refusal([&] { parse_job_settings(job, {catalog}, ApiVersion::k22, 1); });
    };
    const Json good{{"git_url", "https://h/r"}, {"git_provider", "gitHub"}, {"git_branch", "main"}};
    EXPECT_EQ(refused(good, "jobs/main"), "");
    struct Row {
        Json change;
        const char* notebook_path;
        const char* begins;
    };
    const Row rows[] = {
        {{{"git_url", "git@h:r.git"}}, "a", "git_source.git_url: expected an https:// or http:// address"},
        {{{"git_provider", "cvs"}}, "a", "git_source.git_provider: expected one of gitHub"},
        {{{"git_branch", nullptr}}, "a", "git_source.git_branch: one of"},
        {Json::object(), "/Shared/n", "tasks[0].notebook_task.notebook_path: expected a path relative to the root"},
    };
    for (const Row& row : rows) {
        Json source = good;
        source.update(row.change);
        const std::string found = refused(source, row.notebook_path);
        EXPECT_TRUE(found.starts_with(row.begins)) << row.begins << "\n  " << found;
    }
}

TEST(ReadTaskSource, DefaultsToTheRepositoryOfTheJob) {
    const auto source = [](const Json& type, const char* field, bool has_git_source) {
        return read_task_source(JsonReader(type, "tasks[0].t"), field, has_git_source) == TaskSource::kGit
                   ? "GIT"
                   : "WORKSPACE";
    };
    EXPECT_STREQ(source({{"notebook_path", "a"}}, "notebook_path", true), "GIT");
    EXPECT_STREQ(source({{"notebook_path", "/a"}}, "notebook_path", true), "GIT");
    EXPECT_STREQ(source({{"notebook_path", "/a"}}, "notebook_path", false), "WORKSPACE");
    EXPECT_STREQ(source({{"notebook_path", "/a"}, {"source", "WORKSPACE"}}, "notebook_path", true), "WORKSPACE");
    EXPECT_STREQ(source({{"python_file", "a.py"}}, "python_file", true), "GIT");
    EXPECT_STREQ(source({{"python_file", "/a.py"}}, "python_file", true), "WORKSPACE");
    EXPECT_STREQ(source({{"python_file", "dbfs:/a.py"}}, "python_file", true), "WORKSPACE");
    EXPECT_STREQ(source({{"source", "GIT"}}, "project_directory", true), "GIT");
    EXPECT_EQ(refusal([&] {
                  source({{"source", "GIT"}}, "notebook_path", false);
              }),
              "tasks[0].t.source: GIT needs the git_source of the job.");
}

TEST(CheckRepositoryPath, StaysInTheRepository) {
    const auto refused = [](const Json& sent) {
        const Json type{{"notebook_path", sent}};
        return refusal([&] { check_repository_path(JsonReader(type, "t"), "notebook_path"); });
    };
    for (const char* good : {"a/b.py", "a..b", "."}) EXPECT_EQ(refused(good), "");
    for (const Json& bad : {Json("/a"), Json("../a"), Json("a/../../b"), Json("a/.."), Json("dbfs:/a"), Json(""),
                            Json(std::string(5000, 'a'))})
        EXPECT_EQ(refused(bad).substr(0, 15), "t.notebook_path") << bad;
}

TEST(GitSourceJson, ShowsThePinnedCommit) {
    const Json sent{{"git_url", "https://h/r"}, {"git_snapshot", {{"used_commit", "forged"}}}};
    EXPECT_EQ(git_source_json(sent, ""), (Json{{"git_url", "https://h/r"}}));
    EXPECT_EQ(git_source_json(sent, "abc"),
              (Json{{"git_url", "https://h/r"}, {"git_snapshot", {{"used_commit", "abc"}}}}));
}

}  // namespace
}  // namespace stoker::api
