#include "db/library_store.h"
#include "tests/api/api_pgtest.h"

namespace stoker::test {
namespace {
using Json = nlohmann::json;
const Json kSix{{"pypi", {{"package", "six==1.16.0"}}}};
const Json kJar{{"maven", {{"coordinates", "org.slf4j:slf4j-simple:1.7.36"}, {"exclusions", {"org.slf4j:slf4j-api"}}}}};

class LibrariesTest : public ApiTest {
  protected:
    HttpAnswer change(const std::string& what, const Json& libraries) {
        return post("/api/2.0/libraries/" + what, {{"cluster_id", kCluster}, {"libraries", libraries}});
    }
    Json statuses() {
        const HttpAnswer answer = get("/api/2.0/libraries/cluster-status?cluster_id=" + std::string(kCluster));
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.json().value("library_statuses", Json::array());
    }
    static Json status(const Json& library, const std::string& word) {
        return {{"library", library}, {"status", word}, {"is_library_for_all_clusters", false}};
    }
    void installed(const Json& libraries) {
        worker.run_blocking([&](db::Transaction& tx) { db::libraries_are_installed(tx, kWorker, libraries.dump()); });
    }
};

TEST_F(LibrariesTest, AreInstalledAndUninstalled) {
    EXPECT_EQ(statuses(), Json::array());
    EXPECT_EQ(change("install", Json::array({kSix, kJar})).body, "{}");
    EXPECT_EQ(change("install", Json::array({kSix})).body, "{}") << "once more";
    EXPECT_EQ(statuses(), (Json{status(kSix, "PENDING"), status(kJar, "PENDING")}));
    installed(Json::array({kSix, kJar}));
    EXPECT_EQ(change("uninstall", Json::array({kSix})).body, "{}");
    EXPECT_EQ(statuses(), (Json{status(kJar, "INSTALLED"), status(kSix, "UNINSTALL_ON_RESTART")}));
    EXPECT_EQ(change("install", Json::array({kSix})).body, "{}");
    EXPECT_EQ(statuses(), (Json{status(kJar, "INSTALLED"), status(kSix, "INSTALLED")}));
    EXPECT_EQ(get("/api/2.0/libraries/all-cluster-statuses").json(),
              (Json{{"statuses", {{{"cluster_id", kCluster}, {"library_statuses", statuses()}}}}}));
}

TEST_F(LibrariesTest, AFailureIsToldUntilItIsUninstalledOrTriedAgain) {
    auto fail = [&] {
        worker.run_blocking([&](db::Transaction& tx) {
            db::libraries_failed(tx, kCluster, 1, Json::array({kSix}).dump(), "six was not found");
        });
    };
    change("install", Json::array({kSix}));
    fail();
    Json failed = status(kSix, "FAILED");
    failed["messages"] = {"six was not found"};
    EXPECT_EQ(statuses(), Json::array({failed}));
    change("install", Json::array({kSix}));
    EXPECT_EQ(statuses(), Json::array({status(kSix, "PENDING")}));
    fail();
    change("uninstall", Json::array({kSix}));
    EXPECT_EQ(statuses(), Json::array());
}

TEST_F(LibrariesTest, OfAStoppedClusterAreRecorded) {
    sql.run("UPDATE clusters SET state = 'TERMINATED'");
    change("install", Json::array({kSix, kJar}));
    EXPECT_EQ(statuses(), (Json{status(kSix, "PENDING"), status(kJar, "PENDING")}));
    change("uninstall", Json::array({kSix}));
    EXPECT_EQ(statuses(), Json::array({status(kJar, "PENDING")}));
}

TEST_F(LibrariesTest, WhatCannotBeInstalledIsRefusedByNameAndNothingIsWritten) {
    struct Row {
        Json libraries;
        const char* message;
    };
    const std::vector<Row> table{
        {{kSix, {{"egg", "dbfs:/a.egg"}}}, "libraries[1].egg: eggs are no longer supported; send a wheel."},
        {{{{"cran", {{"package", "a"}}}}}, "libraries[0].cran: R is not available."},
        {{{{"whl", "dbfs:/a.zip"}}}, "libraries[0].whl: expected a path that ends in .whl."},
        {{{{"whl", "s3://a/b.whl"}}}, "libraries[0].whl: expected a path that begins with dbfs:/"},
        {{{{"pypi", {{"package", "--index-url=x"}}}}}, "libraries[0].pypi.package: must not begin with '-'."},
        {{{{"pypi", {{"package", "a"}, {"repo", "ftp://a"}}}}}, "libraries[0].pypi.repo: expected a URL"},
        {{{{"maven", {{"coordinates", "a:b"}}}}}, "libraries[0].maven.coordinates: expected group:artifact:version"},
        {{{{"maven", {{"coordinates", "a:b:1"}, {"exclusions", {"c"}}}}}},
         "libraries[0].maven.exclusions[0]: expected group:artifact"},
        {{Json::object()}, "libraries[0]: expected exactly one of pypi, whl, requirements, maven, jar, got none."},
        {{{{"jar", "dbfs:/a.jar"}, {"whl", "dbfs:/a.whl"}}},
         "libraries[0]: expected exactly one of pypi, whl, requirements, maven, jar, got 2."},
    };
    for (const char* what : {"install", "uninstall"})
        for (const Row& row : table) {
            const HttpAnswer answer = change(what, row.libraries);
            EXPECT_EQ(answer.status, 400) << row.libraries;
            EXPECT_TRUE(answer.json()["message"].get<std::string>().starts_with(row.message)) << answer.body;
        }
    EXPECT_EQ(statuses(), Json::array());
}

TEST_F(LibrariesTest, OfAClusterThatIsNotTheirsOthersNeitherSeeNorChange) {
    const std::string other = bearer(token_of("bob@example.com", false));
    const Json body{{"cluster_id", kCluster}, {"libraries", Json::array({kSix})}};
    EXPECT_EQ(post("/api/2.0/libraries/install", body, other).status, 403);
    EXPECT_EQ(get("/api/2.0/libraries/cluster-status?cluster_id=" + std::string(kCluster), other).status, 403);
    change("install", Json::array({kSix}));
    EXPECT_EQ(get("/api/2.0/libraries/all-cluster-statuses", other).json()["statuses"], Json::array());
}

TEST_F(LibrariesTest, OfNoClusterAreRefused) {
    const HttpAnswer answer =
        post("/api/2.0/libraries/install", {{"cluster_id", "none"}, {"libraries", Json::array({kSix})}});
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.json()["message"], "Cluster none does not exist");
}

}  // namespace
}  // namespace stoker::test
