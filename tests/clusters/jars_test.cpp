#include "clusters/jars.h"

#include <gtest/gtest.h>

namespace stoker::clusters {
namespace {

TEST(JarRequest, gathers_libraries_and_spark_conf) {
    std::vector<Library> libraries{{LibraryKind::kMaven, "g:a:1", "https://repo", {"x:y"}},
                                   {LibraryKind::kJar, "dbfs:/a.jar", "", {}},
                                   {LibraryKind::kPypi, "six", "", {}}};
    JarRequest request = jar_request(libraries, {{"spark.jars.packages", " g:b:2 ,g:c:3"},
                                                 {"spark.jars.excludes", "no:thanks"},
                                                 {"spark.jars.repositories", "https://other"}});
    ASSERT_EQ(request.maven.size(), 3U);
    EXPECT_EQ(request.maven[0].coordinates.artifact, "b");
    EXPECT_EQ(request.maven[0].exclusions, std::vector<std::string>{"no:thanks"});
    EXPECT_EQ(request.maven[2].exclusions, (std::vector<std::string>{"x:y", "no:thanks"}));
    EXPECT_EQ(request.repositories, (std::vector<std::string>{"https://other", "https://repo"}));
    EXPECT_EQ(request.files, std::vector<const Library*>{&libraries[1]});
    EXPECT_TRUE(jar_request({libraries[2]}, {}).empty());
}

TEST(MavenProject, leaves_out_what_pyspark_ships_and_nothing_of_the_connectors) {
    std::vector<Library> libraries{
        {LibraryKind::kMaven, "org.apache.spark:spark-avro_2.12:3.5.0", "https://r/?a&b", {"x:*"}}};
    std::string project = maven_project(jar_request(libraries, {}));
    EXPECT_NE(project.find("<artifactId>spark-avro_2.12</artifactId><version>3.5.0</version>"), std::string::npos);
    EXPECT_NE(project.find("<exclusion><groupId>x</groupId><artifactId>*</artifactId></exclusion>"), std::string::npos);
    EXPECT_NE(project.find("<artifactId>spark-sql_2.12</artifactId></exclusion>"), std::string::npos);
    EXPECT_EQ(project.find("<artifactId>spark-token-provider"), std::string::npos);
    EXPECT_NE(project.find("https://r/?a&amp;b"), std::string::npos);
}

TEST(JarsHash, follows_the_request_and_the_content_of_files) {
    std::vector<Library> jar{{LibraryKind::kJar, "dbfs:/a.jar", "", {}}};
    EXPECT_NE(jars_hash(jar_request(jar, {}), {"1"}), jars_hash(jar_request(jar, {}), {"2"}));
    std::vector<Library> maven{{LibraryKind::kMaven, "g:a:1", "", {}}};
    EXPECT_EQ(jars_hash(jar_request(maven, {}), {}),
              jars_hash(jar_request({}, {{"spark.jars.packages", "g:a:1"}}), {}));
}

TEST(MavenError, keeps_the_sentence_that_names_the_artifact) {
    EXPECT_EQ(
        maven_error(
            "[ERROR] Failed to execute goal on project cluster: Could not resolve dependencies for project "
            "stoker:cluster:pom:1: Could not find artifact no.such:thing:jar:1 in central (https://x) -> [Help 1]\n"
            "[ERROR] \n"),
        "Could not find artifact no.such:thing:jar:1 in central (https://x)");
    EXPECT_EQ(maven_error("mvn: not found\n"), "mvn: not found");
}

}  // namespace
}  // namespace stoker::clusters
