#include <gtest/gtest.h>

#include "tests/api/dbfs_fixture.h"

// The Files API on volumes. What it does with MLflow's artifacts is tested beside a real MLflow server (tests/e2e).
namespace stoker::test {
namespace {
using Json = nlohmann::json;
const std::string kVolume = "/Volumes/main/default/v";

class FilesTest : public DbfsTest {
  protected:
    HttpAnswer file(const std::string& method, const std::string& path, const std::string& body = "") {
        return ask_raw(method, "/api/2.0/fs/files" + path, body);
    }
    HttpAnswer directory(const std::string& method, const std::string& path) {
        return ask_raw(method, "/api/2.0/fs/directories" + path);
    }
};

TEST_F(FilesTest, FilesOfAVolumeLieInTheDbfsRoot) {
    HttpConnection connection(api.port());
    const std::string target = "/api/2.0/fs/files" + kVolume + "/a/x%20y";
    EXPECT_EQ(connection.ask("PUT", target, "hello", bearer(token)).status, 204);
    EXPECT_EQ(connection.ask("GET", target, "", bearer(token)).body, "hello");  // the 204 had no body
    EXPECT_EQ(on_disk(kVolume + "/a/x y"), "hello");
    EXPECT_EQ(file("GET", "/" + kVolume + "/a/x%20y").body, "hello");
    EXPECT_EQ(file("HEAD", kVolume + "/a/x%20y").headers.at("content-length"), "5");
    EXPECT_EQ(file("PUT", kVolume + "/a/x%20y?overwrite=true", "again").status, 204);
    EXPECT_EQ(file("PUT", kVolume + "/a/x%20y", "once more").status, 204);  // unspecified is yes
    EXPECT_EQ(error(file("PUT", kVolume + "/a/x%20y?overwrite=False", "no")), "409 ALREADY_EXISTS");
    EXPECT_EQ(on_disk(kVolume + "/a/x y"), "once more");
    EXPECT_EQ(look("get-status", {{"path", "dbfs:" + kVolume + "/a/x y"}}).json().at("file_size"), 9);
    EXPECT_EQ(file("DELETE", kVolume + "/a/x%20y").status, 204);
    EXPECT_EQ(error(file("DELETE", kVolume + "/a/x%20y")), "404 NOT_FOUND");
    EXPECT_EQ(error(file("GET", kVolume + "/a/x%20y")), "404 NOT_FOUND");
    EXPECT_EQ(error(file("GET", kVolume + "/a")), "404 NOT_FOUND");
    EXPECT_EQ(error(file("DELETE", kVolume + "/a")), "404 NOT_FOUND");
}

TEST_F(FilesTest, DirectoriesAreMadeListedInPagesAndRemovedWhenEmpty) {
    EXPECT_EQ(directory("PUT", kVolume + "/d/e").status, 204);
    EXPECT_EQ(directory("PUT", kVolume + "/d/e").status, 204);
    EXPECT_EQ(directory("HEAD", kVolume + "/d").status, 200);
    EXPECT_EQ(directory("HEAD", kVolume + "/none").status, 404);
    file("PUT", kVolume + "/d/f", "12345");
    const Json first = directory("GET", kVolume + "/d?page_size=1").json();
    EXPECT_EQ(first.at("contents").size(), 1u);
    EXPECT_EQ(first["contents"][0].at("path"), kVolume + "/d/e");
    EXPECT_EQ(first["contents"][0].at("is_directory"), true);
    const Json second =
        directory("GET", kVolume + "/d?page_size=1&page_token=" + first.at("next_page_token").get<std::string>())
            .json();
    EXPECT_EQ(second["contents"][0].at("name"), "f");
    EXPECT_EQ(second["contents"][0].at("file_size"), 5);
    EXPECT_GT(second["contents"][0].at("last_modified"), 1'500'000'000'000);
    EXPECT_FALSE(second.contains("next_page_token"));
    EXPECT_EQ(directory("GET", kVolume + "/d/e").body, "{}");
    EXPECT_EQ(directory("GET", kVolume + "/d?page_size=100000").json().at("contents").size(), 2u);
    EXPECT_EQ(directory("GET", "/Volumes").json().at("contents").size(), 1u);

    EXPECT_EQ(error(directory("DELETE", kVolume + "/d")), "400 DIRECTORY_NOT_EMPTY");
    EXPECT_EQ(error(directory("DELETE", kVolume + "/d/f")), "404 NOT_FOUND");
    EXPECT_EQ(error(directory("GET", kVolume + "/d/f")), "404 NOT_FOUND");
    EXPECT_EQ(error(directory("PUT", kVolume + "/d/f")), "409 ALREADY_EXISTS");
    EXPECT_EQ(directory("DELETE", kVolume + "/d/e").status, 204);
    EXPECT_EQ(error(directory("DELETE", kVolume + "/d/e")), "404 NOT_FOUND");
}

TEST_F(FilesTest, AddressesOfNothingAreRefused) {
    for (const std::string method : {"GET", "PUT", "DELETE"}) {
        for (const std::string path : {"/Volumes/a/b/c", "/Volumes", "/Volumes/a/b/..%2f..%2fx/y", "/%00/x"})
            EXPECT_EQ(file(method, path, method == "PUT" ? "x" : "").status, 400) << method << path;
        for (const std::string path : {"/Workspace/x", "/x", "/VolumesX/a/b/c/d", "/WorkspaceInternal/Mlflow/Artifacts",
                                       "/WorkspaceInternal/Mlflow/Artifacts/1/Runs",
                                       "/WorkspaceInternal/Mlflow/Artifacts/1/Others/2/artifacts/f"})
            EXPECT_EQ(error(file(method, path, method == "PUT" ? "x" : "")), "404 NOT_FOUND") << method << path;
    }
    EXPECT_EQ(error(directory("GET", kVolume + "?page_size=-1")), "400 INVALID_PARAMETER_VALUE");
    EXPECT_EQ(error(directory("GET", kVolume + "?page_token=%25")), "400 INVALID_PARAMETER_VALUE");
    EXPECT_EQ(error(file("PUT", kVolume + "/f?overwrite=maybe", "x")), "400 INVALID_PARAMETER_VALUE");
    EXPECT_TRUE(names().empty());
}

// The SDKs try what is faster elsewhere first; what they are told makes them send and fetch the file as one.
TEST_F(FilesTest, PartsAndSignedAddressesAreRefusedAsTheSdksExpect) {
    const std::string session = "/api/2.0/fs/files" + kVolume + "/big?action=initiate-upload&overwrite=true";
    const Json begun = ask_raw("POST", session).json();
    EXPECT_FALSE(begun.at("multipart_upload").at("session_token").get<std::string>().empty());
    EXPECT_EQ(error(post("/api/2.0/fs/create-upload-part-urls", {{"path", kVolume + "/big"}})), "501 NOT_IMPLEMENTED");
    EXPECT_EQ(error(post("/api/2.0/fs/create-download-url?path=" + kVolume, {})), "404 ENDPOINT_NOT_FOUND");
    EXPECT_EQ(error(ask_raw("POST", "/api/2.0/fs/files" + kVolume + "/big?action=complete-upload")),
              "400 INVALID_PARAMETER_VALUE");
    EXPECT_EQ(error(ask_raw("POST", "/api/2.0/fs/files" + kVolume + "/big")), "400 INVALID_PARAMETER_VALUE");
}

}  // namespace
}  // namespace stoker::test
