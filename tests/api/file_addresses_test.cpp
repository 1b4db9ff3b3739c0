#include <gtest/gtest.h>

#include "api/files/byte_range.h"
#include "api/files/http_date.h"
#include "api/files/tree_path.h"
#include "api/mlflow/artifact_uri.h"
#include "core/error.h"

// Paths, ranges, dates and artifact URIs, as clients write them.
namespace stoker::test {
namespace {

TEST(TreePath, IsAbsoluteWithoutSchemeAndSuperfluousSlashes) {
    for (const auto& [sent, path] :
         std::vector<std::pair<std::string, std::string>>{{"/", "/"},
                                                          {"dbfs:/", "/"},
                                                          {"/a/b", "/a/b"},
                                                          {"dbfs:/a/b", "/a/b"},
                                                          {"dbfs:///a//b///", "/a/b"},
                                                          {"/a/..b/.c", "/a/..b/.c"},
                                                          {"/dbfs/a", "/dbfs/a"},
                                                          {"/ä b/%2e", "/ä b/%2e"},
                                                          {"/a/.stoker-unfinished", "/a/.stoker-unfinished"},
                                                          {"/.stoker-unfinished2", "/.stoker-unfinished2"}})
        EXPECT_EQ(api::tree_path(sent), path) << sent;
    for (const std::string& sent :
         {std::string(), std::string("a"), std::string("dbfs:a"), std::string("dbfs:"), std::string("/../a"),
          std::string("/a/.."), std::string("/a/./b"), std::string("/."), std::string("/a\0b", 4),
          std::string("/a\xFF"), "/" + std::string(5000, 'a'), std::string("/.stoker-unfinished"),
          std::string("dbfs://.stoker-unfinished/x"), std::string("s3:/a"), std::string("file:/a")})
        EXPECT_EQ(api::tree_path(sent), std::nullopt) << sent;
}

TEST(TreePath, AFolderHoldsWhatIsBeneathItOnly) {
    EXPECT_TRUE(api::is_within_tree("/a/b", "/a"));
    EXPECT_TRUE(api::is_within_tree("/a", "/a"));
    EXPECT_TRUE(api::is_within_tree("/a", "/"));
    EXPECT_FALSE(api::is_within_tree("/ab", "/a"));
    EXPECT_FALSE(api::is_within_tree("/", "/a"));
}

TEST(ByteRange, ReadsOneRangeOfAFile) {
    const auto range = [](std::string_view header, std::int64_t size) {
        const auto found = api::requested_range(header, size);
        return found ? std::pair(found->first, found->length) : std::pair<std::int64_t, std::int64_t>(-1, -1);
    };
    using Pair = std::pair<std::int64_t, std::int64_t>;
    EXPECT_EQ(range("bytes=0-9", 100), Pair(0, 10));
    EXPECT_EQ(range("bytes=90-", 100), Pair(90, 10));
    EXPECT_EQ(range("bytes=90-500", 100), Pair(90, 10));
    EXPECT_EQ(range("bytes=-10", 100), Pair(90, 10));
    EXPECT_EQ(range("bytes=-500", 100), Pair(0, 100));
    for (const char* whole : {"", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,5-6", "lines=1-2", "bytes=a-b",
                              "bytes=1-b", "bytes=--5", "bytes=99999999999999999999-"})
        EXPECT_EQ(range(whole, 100), Pair(-1, -1)) << whole;
    for (const char* behind : {"bytes=100-", "bytes=100-200", "bytes=-0"})
        EXPECT_THROW(api::requested_range(behind, 100), ApiError) << behind;
    EXPECT_THROW(api::requested_range("bytes=-5", 0), ApiError);
}

TEST(HttpDate, IsWrittenAndRead) {
    EXPECT_EQ(api::http_date(784111777999), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(api::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777000);
    for (const char* nonsense : {"", "yesterday", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT+1"})
        EXPECT_EQ(api::parse_http_date(nonsense), std::nullopt) << nonsense;
}

TEST(ArtifactUri, HasTwoForms) {
    for (const auto& [mlflow, databricks] : std::vector<std::pair<std::string, std::string>>{
             {"mlflow-artifacts:/1", "dbfs:/databricks/mlflow-tracking/1"},
             {"mlflow-artifacts:/1/ab/artifacts", "dbfs:/databricks/mlflow-tracking/1/ab/artifacts"},
             {"mlflow-artifacts:/1/ab/artifacts/models/x", "dbfs:/databricks/mlflow-tracking/1/ab/artifacts/models/x"},
             {"mlflow-artifacts:/1/models/m-1/artifacts",
              "dbfs:/databricks/mlflow-tracking/1/logged_models/m-1/artifacts"}}) {
        EXPECT_EQ(api::databricks_uri(mlflow), databricks);
        EXPECT_EQ(api::mlflow_uri(databricks), mlflow);
    }
    EXPECT_EQ(api::mlflow_uri("dbfs://databricks/databricks/mlflow-tracking/1/ab"), "mlflow-artifacts:/1/ab");
    EXPECT_EQ(api::mlflow_uri("dbfs://prof:key@databricks/databricks/mlflow-tracking/1/ab"), "mlflow-artifacts:/1/ab");
    for (const char* other :
         {"", "runs:/1/m", "models:/m/1", "dbfs:/other", "dbfs://x/databricks/mlflow-tracking/1",
          "dbfs://host/x@databricks/databricks/mlflow-tracking/1", "dbfs:/databricks/mlflow-tracking"})
        EXPECT_EQ(api::mlflow_uri(other), std::nullopt) << other;
    for (const char* other : {"", "s3://b/x", "file:/x", "mlflow-artifacts://host/1", "dbfs:/x"})
        EXPECT_EQ(api::databricks_uri(other), std::nullopt) << other;
}

std::string rewritten(api::UriForm form, const std::string& text, std::size_t step) {
    api::ArtifactUriRewriter rewriter(form);
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += step)
        out += rewriter.feed(std::string_view(text).substr(at, step));
    return out + rewriter.finish();
}

TEST(ArtifactUriRewriter, ChangesTheFieldsThatHoldOneAndNothingElse) {
    const std::string long_text(20'000, 'x');
    const std::string given = R"({"run":{"info":{"artifact_uri" : "mlflow-artifacts:/1/ab/artifacts","note":"a\"b\\"},)"
                              R"("tags":[{"key":"artifact_uri","value":"mlflow-artifacts:/1/ab"},)"
                              R"({"key":"t","value":"{\"artifact_uri\": \"mlflow-artifacts:/1\"}"}],"long":")" +
                              long_text +
                              R"(","artifact_location":"mlflow-artifacts:/1/models/m","source":["mlflow-)"
                              R"(artifacts:/2"],"n":[1.5e3,null,true]},"artifact_uri":null,"source":"s3://b"})";
    std::string expected = given;
    auto replace = [&](const std::string& from, const std::string& to) {
        expected.replace(expected.find(from), from.size(), to);
    };
    replace("mlflow-artifacts:/1/ab/artifacts", "dbfs:/databricks/mlflow-tracking/1/ab/artifacts");
    replace("mlflow-artifacts:/1/models/m", "dbfs:/databricks/mlflow-tracking/1/logged_models/m");
    for (std::size_t step : {1u, 2u, 7u, 4096u, 1u << 20})
        EXPECT_EQ(rewritten(api::UriForm::kDatabricks, given, step), expected) << step;
}

TEST(ArtifactUriRewriter, LetsThroughWhatIsNoJson) {
    for (const std::string& text : {std::string("<html>\"artifact_uri\": \"x"), std::string("\"\\"), std::string(),
                                    "{\"source\":\"" + std::string(9000, 'y')})
        EXPECT_EQ(rewritten(api::UriForm::kMlflow, text, 3), text);
}

}  // namespace
}  // namespace stoker::test
