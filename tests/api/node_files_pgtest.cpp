#include <gtest/gtest.h>

#include "core/random.h"
#include "core/signed_token.h"
#include "tests/api/dbfs_fixture.h"

namespace stoker::test {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::json;

class NodeFilesTest : public DbfsTest {
  protected:
    static std::string at(const std::string& call) { return "/api/stoker/v1/files/" + call; }
    Json status(const std::string& path) { return get(at("status?path=" + path)).json(); }
};

TEST_F(NodeFilesTest, AFileHasItsTagAndTimeWhereverItIsAskedFor) {
    const HttpAnswer stored = ask_raw("PUT", at("content/a%20b"), "hello");
    ASSERT_EQ(stored.status, 200) << stored.body;
    EXPECT_EQ(stored.json().at("file_size"), 5);
    EXPECT_EQ(status("/a%20b"), stored.json());
    EXPECT_EQ(get(at("list?path=/")).json().at("files"), Json::array({stored.json()}));
    const HttpAnswer content = get(at("content/a%20b"));
    EXPECT_EQ(content.body, "hello");
    EXPECT_EQ(content.headers.at("etag"), "\"" + stored.json().at("content_tag").get<std::string>() + "\"");
    ask_raw("PUT", at("content/a%20b"), "HELLO");
    EXPECT_NE(status("/a%20b").at("content_tag"), stored.json().at("content_tag"));
    EXPECT_EQ(error(ask_raw("PUT", at("content/a%20b?overwrite=false"), "")), "409 ALREADY_EXISTS");
    EXPECT_EQ(post(at("set-modified"), {{"path", "/a b"}, {"modified_ns", 1'500'000'000'123'456'789}}).status, 200);
    EXPECT_EQ(status("/a%20b").at("modified_ns"), 1'500'000'000'123'456'789);
    EXPECT_EQ(on_disk("/a b"), "HELLO");
}

TEST_F(NodeFilesTest, NamesChangeAsBySystemCalls) {
    EXPECT_EQ(post(at("make-directory"), {{"path", "/d"}}).status, 200);
    EXPECT_EQ(error(post(at("make-directory"), {{"path", "/d"}})), "409 ALREADY_EXISTS");
    EXPECT_EQ(error(post(at("make-directory"), {{"path", "/none/d"}})), "404 NOT_FOUND");
    put("/d/f", "1");
    put("/g", "2");
    EXPECT_EQ(error(post(at("remove-directory"), {{"path", "/d"}})), "400 DIRECTORY_NOT_EMPTY");
    const Json move{{"source_path", "/g"}, {"destination_path", "/d/f"}};
    EXPECT_EQ(error(post(at("rename"), move)), "409 ALREADY_EXISTS");
    Json replacing = move;
    replacing["overwrite"] = true;
    EXPECT_EQ(post(at("rename"), replacing).status, 200);
    EXPECT_EQ(on_disk("/d/f"), "2");
    EXPECT_EQ(error(post(at("rename"), replacing)), "404 NOT_FOUND");
    const Json further{{"source_path", "/d/f"}, {"destination_path", "/h"}};
    EXPECT_EQ(post(at("link"), further).status, 200);
    EXPECT_EQ(on_disk("/h"), "2");
    EXPECT_EQ(error(post(at("link"), further)), "409 ALREADY_EXISTS");
    EXPECT_EQ(error(post(at("link"), {{"source_path", "/none"}, {"destination_path", "/i"}})), "404 NOT_FOUND");
    EXPECT_EQ(post(at("remove"), {{"path", "/h"}}).status, 200);
    EXPECT_EQ(post(at("remove"), {{"path", "/d/f"}}).status, 200);
    EXPECT_EQ(error(post(at("remove"), {{"path", "/d/f"}})), "404 NOT_FOUND");
    EXPECT_EQ(post(at("remove-directory"), {{"path", "/d"}}).status, 200);
    EXPECT_TRUE(names().empty());
}

TEST_F(NodeFilesTest, WhatIsUnfinishedHasNoName) {
    put("/f", "x");
    const std::string hidden = "/" + std::string(kDbfsHiddenFolder);
    EXPECT_EQ(get(at("status?path=" + hidden)).status, 400);
    EXPECT_EQ(post(at("rename"), {{"source_path", "/f"}, {"destination_path", hidden + "/f"}}).status, 400);
    EXPECT_EQ(post(at("remove-directory"), {{"path", hidden}}).status, 400);
    EXPECT_EQ(get(at("list?path=/")).json().at("files").size(), 1u);
}

/// With the role that its token names.
class NodeTokenTest : public NodeFilesTest {
  protected:
    NodeTokenTest() {
        sql.run("CREATE ROLE " + role + " LOGIN");
        sql.run(
            "INSERT INTO nodes (node_id, host, provider, state, cores, memory_mb, role_name) "
            "VALUES ('far', 'far', 'local', 'ALIVE', 1, 1, '" +
            role + "')");
    }
    ~NodeTokenTest() override { sql.run("DROP ROLE IF EXISTS " + role); }
    std::string as_node(const std::string& of_role) const {
        return bearer(sign_node_token(ApiServer::kSigningKey, {"far", of_role}));
    }
    const std::string role = "stoker_node_" + random_hex(8);
};

TEST_F(NodeTokenTest, ServesFilesAndNothingElse) {
    HttpConnection connection(api.port());
    EXPECT_EQ(connection.ask("PUT", at("content/f"), "x", as_node(role)).status, 200);
    EXPECT_EQ(get(at("content/f"), as_node(role)).body, "x");
    for (const char* other : {"/api/2.0/dbfs/list?path=/", "/api/2.2/jobs/list", "/api/stoker/v1/nodes", "/dbfs/f"})
        EXPECT_EQ(error(get(other, as_node(role))), "403 PERMISSION_DENIED") << other;
    EXPECT_EQ(error(get(at("list?path=/"), as_node(role + "0"))), "403 PERMISSION_DENIED");
}

TEST_F(NodeTokenTest, EndsWithTheNode) {
    EXPECT_EQ(get(at("list?path=/"), as_node(role)).status, 200);
    EXPECT_EQ(ask("DELETE", "/api/stoker/v1/nodes/far").status, 200);
    bool refused = false;  // the server that removed it is told by NOTIFY, as all others are
    for (int looks = 0; looks < 2000 && !refused; ++looks)
        refused = get(at("list?path=/"), as_node(role)).status == 403;
    EXPECT_TRUE(refused);
}

}  // namespace
}  // namespace stoker::test
