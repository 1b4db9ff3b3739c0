#include "core/hash.h"
#include "tests/api/api_pgtest.h"

namespace stoker::test {
namespace {
using Json = nlohmann::json;

api::Settings small_body() {
    api::Settings settings;
    settings.body_limit = 1024 * 1024;
    return settings;
}
class EdgeTest : public ApiTest {
  protected:
    EdgeTest() : ApiTest(small_body()) {}
};

TEST_F(EdgeTest, LongBodiesAreRefused) {
    HttpConnection announced(api.port());
    announced.send("POST /api/2.1/jobs/create HTTP/1.1\r\nHost: h\r\n" + bearer(token) +
                   "Content-Length: 2000000\r\n\r\n" + std::string(2'000'000, ' '));
    EXPECT_EQ(announced.read_answer().status, 413);
    HttpConnection chunked(api.port());
    chunked.send("POST /api/2.1/jobs/create HTTP/1.1\r\nHost: h\r\n" + bearer(token) +
                 "Transfer-Encoding: chunked\r\n\r\n1e8480\r\n" + std::string(2'000'000, ' ') + "\r\n0\r\n\r\n");
    EXPECT_EQ(chunked.read_answer().status, 413);
}

TEST_F(EdgeTest, ChunkedBodiesAndExpectAreUnderstood) {
    HttpConnection connection(api.port());
    connection.send("POST /api/2.0/workspace/mkdirs HTTP/1.1\r\nHost: h\r\n" + bearer(token) +
                    "Transfer-Encoding: chunked\r\nExpect: "
                    "100-continue\r\n\r\n10\r\n{\"path\":\"/Shared\r\n4\r\n/a\"}\r\n0\r\n\r\n");
    EXPECT_EQ(connection.read_answer().body, "{}");
    EXPECT_EQ(connection.interim_answers(), 1);
    EXPECT_EQ(connection.ask("POST", "/api/2.0/workspace/mkdirs", "{", bearer(token)).json()["error_code"],
              "MALFORMED_REQUEST");
}

TEST_F(EdgeTest, TokensWorkAsBasicPasswordsButNotFromOtherSites) {
    const std::string basic = "Authorization: Basic " + base64_encode("token:" + token) + "\r\n";
    EXPECT_EQ(get("/api/2.0/preview/scim/v2/Me", basic).json()["userName"], kUser);
    EXPECT_EQ(
        ask("POST", "/api/2.0/workspace/mkdirs", {{"path", "/Shared/x"}}, basic + "Origin: http://evil.example\r\n")
            .status,
        403);
    EXPECT_EQ(ask("POST", "/api/2.0/workspace/mkdirs", {{"path", "/Shared/x"}}, basic + "Origin: http://test.local\r\n")
                  .status,
              200);
    EXPECT_EQ(get("/api/2.0/preview/scim/v2/Me", bearer("dapi0000")).json()["message"], "Invalid access token.");
}

TEST_F(EdgeTest, WithoutMlflowTheProxySaysWhatToDo) {
    const HttpAnswer answer = get("/api/2.0/mlflow/experiments/search");
    EXPECT_EQ(answer.status, 503);
    EXPECT_NE(answer.json()["message"].get<std::string>().find("stoker up"), std::string::npos);
}

TEST_F(EdgeTest, WorkspaceObjectsComeAndGo) {
    const std::string source = "print(1)";
    Json body{{"path", "/Workspace/Shared/d/n"},
              {"content", base64_encode(source)},
              {"language", "PYTHON"},
              {"format", "SOURCE"}};
    EXPECT_EQ(post("/api/2.0/workspace/import", body).json()["error_code"], "RESOURCE_DOES_NOT_EXIST");  // no parent
    EXPECT_EQ(post("/api/2.0/workspace/mkdirs", {{"path", "/Shared/d"}}).status, 200);
    const HttpAnswer imported = post("/api/2.0/workspace/import", body);
    ASSERT_EQ(imported.status, 200) << imported.body;
    EXPECT_EQ(post("/api/2.0/workspace/import", body).json()["error_code"], "RESOURCE_ALREADY_EXISTS");
    body["overwrite"] = "true";
    EXPECT_EQ(post("/api/2.0/workspace/import", body).json(), imported.json());
    const Json status = get("/api/2.0/workspace/get-status?path=/Shared/d/n").json();
    EXPECT_EQ(status["object_type"], "NOTEBOOK");
    EXPECT_EQ(status["object_id"], imported.json()["object_id"]);
    EXPECT_EQ(get("/api/2.0/workspace/export?path=/Shared/d/n&direct_download=true").body,
              "# Databricks notebook source\nprint(1)");
    EXPECT_EQ(get("/api/2.0/workspace/list?path=/Shared/d").json()["objects"].size(), 1u);
    EXPECT_EQ(post("/api/2.0/workspace/delete", {{"path", "/Shared/d"}}).json()["error_code"], "DIRECTORY_NOT_EMPTY");
    EXPECT_EQ(post("/api/2.0/workspace/delete", {{"path", "/Shared/d"}, {"recursive", true}}).status, 200);
    EXPECT_EQ(get("/api/2.0/workspace/get-status?path=/Shared/d").status, 404);
    EXPECT_EQ(post("/api/2.0/workspace/delete", {{"path", "/Shared"}, {"recursive", true}}).status, 400);
}

TEST_F(EdgeTest, AutoImportsOfAFormTellNotebooksFromFiles) {
    auto import = [&](const std::string& path, const std::string& content) {
        HttpConnection connection(api.port());
        std::string form;
        for (const auto& [name, value] :
             {std::pair{"path", path}, {"format", std::string("AUTO")}, {"overwrite", std::string("True")}})
            form +=
                std::string("--b\r\nContent-Disposition: form-data; name=\"") + name + "\"\r\n\r\n" + value + "\r\n";
        form += "--b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"c\"\r\n\r\n" + content +
                "\r\n--b--\r\n";
        return connection.ask("POST", "/api/2.0/workspace/import", form,
                              bearer(token) + "Content-Type: multipart/form-data; boundary=b\r\n");
    };
    EXPECT_EQ(import("/Shared/a.py", "# Databricks notebook source\n1").status, 200);
    EXPECT_EQ(get("/api/2.0/workspace/get-status?path=/Shared/a").json()["language"], "PYTHON");
    EXPECT_EQ(import("/Shared/b.py", "x = 1").status, 200);
    EXPECT_EQ(get("/api/2.0/workspace/get-status?path=/Shared/b.py").json()["object_type"], "FILE");
    EXPECT_EQ(
        import("/Shared/c.ipynb", R"({"cells":[{"cell_type":"code","source":["x=1"]}],"metadata":{},"nbformat":4})")
            .status,
        200);
    EXPECT_EQ(get("/api/2.0/workspace/export?path=/Shared/c&direct_download=true").body,
              "# Databricks notebook source\nx=1\n");
    EXPECT_EQ(import("/Shared/d.ipynb", "no json").status, 400);
}

TEST_F(EdgeTest, ClustersComeAndGo) {
    const Json definition{{"cluster_name", "c"},
                          {"spark_version", "15.4.x-scala2.12"},
                          {"num_workers", "0"},
                          {"spark_conf", {{"a.b", 1}}},
                          {"autotermination_minutes", 20}};
    const HttpAnswer created = post("/api/2.1/clusters/create", definition);
    ASSERT_EQ(created.status, 200) << created.body;
    const std::string id = created.json()["cluster_id"];
    const Json cluster = get("/api/2.1/clusters/get?cluster_id=" + id).json();
    EXPECT_EQ(cluster["state"], "PENDING");
    EXPECT_TRUE(cluster.contains("state_message"));
    EXPECT_EQ(cluster["spark_conf"]["a.b"], "1");
    EXPECT_EQ(cluster["num_workers"], 0);
    EXPECT_EQ(cluster["spec"]["autotermination_minutes"], 20);
    EXPECT_EQ(post("/api/2.1/clusters/start", {{"cluster_id", id}}).json()["error_code"], "INVALID_STATE");
    EXPECT_EQ(get("/api/2.0/clusters/list").json()["clusters"].size(), 2u);
    const Json events = post("/api/2.0/clusters/events", {{"cluster_id", id}}).json();
    EXPECT_EQ(events["events"][0]["type"], "CREATING");
    EXPECT_EQ(post("/api/2.1/clusters/delete", {{"cluster_id", id}}).body, "{}");
    EXPECT_EQ(post("/api/2.1/clusters/permanent-delete", {{"cluster_id", id}}).body, "{}");
    const HttpAnswer gone = get("/api/2.1/clusters/get?cluster_id=" + id);
    EXPECT_EQ(gone.status, 400);
    EXPECT_EQ(gone.json()["message"], "Cluster " + id + " does not exist");
    for (const char* path : {"list-node-types", "spark-versions", "list-zones"})
        EXPECT_EQ(get(std::string("/api/2.0/clusters/") + path).status, 200) << path;
}
}  // namespace
}  // namespace stoker::test
