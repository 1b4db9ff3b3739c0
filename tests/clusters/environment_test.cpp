#include "clusters/environment.h"

#include <gtest/gtest.h>

namespace stoker::clusters {
namespace {

const PythonTools kTools{"/usr/bin/python3", "3.11.2", "/usr/bin/uv"};

Library pypi(const std::string& package, const std::string& repo = "") {
    return {LibraryKind::kPypi, package, repo, {}};
}

std::string hash(const std::vector<Library>& libraries, const std::vector<std::string>& contents = {},
                 const PythonTools& tools = kTools) {
    return environment_hash({own_spark_versions().front(), libraries, {}}, contents, tools);
}

TEST(EnvironmentHash, is_equal_for_what_means_the_same) {
    EXPECT_EQ(hash({pypi("a"), pypi("b")}), hash({pypi("b"), pypi("a"), pypi("a")}));
    EXPECT_EQ(hash({pypi("a")}), hash({pypi("a"), {LibraryKind::kMaven, "g:a:1", "", {}}}));
    EXPECT_EQ(hash({{LibraryKind::kWhl, "dbfs:/x/a.whl", "", {}}}, {"1"}),
              hash({{LibraryKind::kWhl, "/Workspace/y/a.whl", "", {}}}, {"1"}));
    EXPECT_EQ(hash({}).size(), 32U);
}

TEST(EnvironmentHash, differs_with_everything_that_matters) {
    EXPECT_NE(hash({pypi("a")}), hash({pypi("b")}));
    EXPECT_NE(hash({pypi("a")}), hash({pypi("a", "https://x")}));
    EXPECT_NE(hash({{LibraryKind::kWhl, "dbfs:/a.whl", "", {}}}, {"1"}),
              hash({{LibraryKind::kWhl, "dbfs:/a.whl", "", {}}}, {"2"}));
    EXPECT_NE(hash({}), hash({}, {}, {"/usr/bin/python3", "3.12.0", "/usr/bin/uv"}));
    EXPECT_NE(environment_hash({own_spark_versions().front(), {}, {"a"}}, {}, kTools), hash({}));
    EXPECT_NE(hash({}), hash({}, {}, {"/opt/python/bin/python3", "3.11.2", "/usr/bin/uv"}));
    SparkVersion other = own_spark_versions().front();
    other.requirements += "six\n";
    EXPECT_NE(environment_hash({other, {}, {}}, {}, kTools), hash({}));
}

TEST(UvError, keeps_the_sentence_that_says_what_is_wrong) {
    EXPECT_EQ(uv_error("Using Python 3.11.2 environment at: env\n"
                       "error: No solution found when resolving dependencies\n"
                       "  cause: Because nope was not found, your requirements are unsatisfiable.\n"),
              "Because nope was not found, your requirements are unsatisfiable.");
    EXPECT_EQ(uv_error("  × No solution found when resolving dependencies:\n  ╰─▶ Because nope was not found.\n"),
              "Because nope was not found.");
    EXPECT_EQ(
        uv_error("error: Failed to parse: `six=!1`\n  cause: no such operator\n         six=!1\n            ^^^\n"),
        "Failed to parse: `six=!1`: no such operator");
    EXPECT_EQ(uv_error("No space left on device\n"), "No space left on device");
}

TEST(LibraryNamedIn, finds_the_package_by_its_normal_name) {
    Library torch = pypi("Torch_Vision[extra]>=1"), six = pypi("six");
    std::vector<const Library*> libraries{&torch, &six};
    EXPECT_EQ(library_named_in(libraries, "Because torch-vision was not found"), &torch);
    EXPECT_EQ(library_named_in(libraries, "there is no version of six==9"), &six);
    EXPECT_EQ(library_named_in(libraries, "the network is down at sixth.example"), nullptr);
    EXPECT_EQ(library_named_in({&six}, "the network is down"), &six);
}

TEST(CondaPipRequirements, takes_the_pip_part) {
    EXPECT_EQ(
        conda_pip_requirements("name: m\ndependencies:\n- python=3.11\n- pip<=23\n- pip:\n  - mlflow==3.1\n  - six\n"),
        (std::vector<std::string>{"mlflow==3.1", "six"}));
    EXPECT_TRUE(conda_pip_requirements("dependencies: [python=3.11]").empty());
    EXPECT_THROW(conda_pip_requirements("dependencies: 3"), std::runtime_error);
    EXPECT_THROW(conda_pip_requirements("a: [b"), std::runtime_error);
    EXPECT_THROW(conda_pip_requirements("dependencies: [{pip: ['-r other.txt']}]"), std::runtime_error);
}

}  // namespace
}  // namespace stoker::clusters
