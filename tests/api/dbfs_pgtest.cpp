#include <gtest/gtest.h>

#include "tests/api/dbfs_fixture.h"

namespace stoker::test {
namespace {
namespace fs = std::filesystem;
using Json = nlohmann::json;

TEST_F(DbfsTest, FilesAndFoldersComeAndGo) {
    EXPECT_EQ(dbfs("mkdirs", {{"path", "dbfs:/a//b/"}}).body, "{}");
    EXPECT_EQ(dbfs("mkdirs", {{"path", "/a/b"}}).status, 200);
    EXPECT_EQ(dbfs("put", {{"path", "dbfs:/a/f"}, {"contents", base64_encode("hello")}}).body, "{}");
    EXPECT_EQ(on_disk("/a/f"), "hello");

    const Json file = look("get-status", {{"path", "dbfs:/a/f"}}).json();
    EXPECT_EQ(file.at("path"), "/a/f");
    EXPECT_EQ(file.at("is_dir"), false);
    EXPECT_EQ(file.at("file_size"), 5);
    EXPECT_GT(file.at("modification_time"), 1'500'000'000'000);
    const Json listed = get("/api/2.0/dbfs/list?path=dbfs%3A%2Fa").json().at("files");
    ASSERT_EQ(listed.size(), 2u);
    EXPECT_EQ(listed[0].at("path"), "/a/b");
    EXPECT_EQ(listed[0].at("is_dir"), true);
    EXPECT_EQ(listed[1], file);
    EXPECT_EQ(get("/api/2.0/dbfs/list?path=/a/f").json().at("files"), Json::array({file}));
    EXPECT_EQ(get("/api/2.0/dbfs/list?path=/a/b").body, "{}");  // the key is absent

    EXPECT_EQ(dbfs("move", {{"source_path", "/a"}, {"destination_path", "dbfs:/c/d"}}).body, "{}");
    EXPECT_EQ(names(), std::vector<std::string>{"c"});
    EXPECT_EQ(on_disk("/c/d/f"), "hello");
    EXPECT_EQ(dbfs("delete", {{"path", "/c"}, {"recursive", "True"}}).body, "{}");
    EXPECT_EQ(dbfs("delete", {{"path", "/c"}}).body, "{}");  // what is not there counts as deleted
    EXPECT_TRUE(names().empty());
    EXPECT_EQ(get("/api/2.0/dbfs/list?path=/").body, "{}");
    EXPECT_EQ(unfinished(), 0u);
}

TEST_F(DbfsTest, ReadsGiveWhatIsThere) {
    put("/f", "0123456789");
    const auto read = [&](const std::string& query) {
        const Json answer = get("/api/2.0/dbfs/read?path=/f" + query).json();
        const std::string bytes = base64_decode(answer.at("data").get<std::string>()).value();
        EXPECT_EQ(answer.at("bytes_read"), bytes.size());
        return bytes;
    };
    EXPECT_EQ(read(""), "0123456789");
    EXPECT_EQ(read("&offset=8&length=1048576"), "89");
    EXPECT_EQ(read("&offset=3&length=4"), "3456");
    EXPECT_EQ(read("&offset=10"), "");
    EXPECT_EQ(read("&offset=9223372036854775807&length=0"), "");
    put("/f", std::string(2'000'000, 'x'));
    EXPECT_EQ(read("").size(), 512u * 1024);
    EXPECT_EQ(read("&offset=1500000&length=1048576").size(), 500'000u);
    EXPECT_EQ(error(look("read", {{"path", "/f"}, {"length", 1048577}})), "400 MAX_READ_SIZE_EXCEEDED");
}

struct BadInput {
    std::string call;
    Json body;
    std::string error;
    std::string message;  // begins so
};

TEST_F(DbfsTest, BadInputIsRefusedByNameAndChangesNothing) {
    put("/f", "x");
    put("/d/g", "y");
    const std::string megabyte_and_one = base64_encode(std::string(1024 * 1024 + 1, 'x'));
    const std::string kBad = "400 INVALID_PARAMETER_VALUE";
    const std::string kMissing = "404 RESOURCE_DOES_NOT_EXIST";
    const std::string kExists = "400 RESOURCE_ALREADY_EXISTS";
    std::vector<BadInput> cases{
        {"create", {{"path", "/n"}, {"overwrite", 5}}, kBad, "overwrite: "},
        {"put", {{"path", "/n"}}, kBad, "contents: "},
        {"put", {{"path", "/n"}, {"contents", "%"}}, kBad, "contents: is not base64"},
        {"put", {{"path", "/n"}, {"contents", 5}}, kBad, "contents: "},
        {"put", {{"path", "/n"}, {"contents", megabyte_and_one}}, "400 MAX_BLOCK_SIZE_EXCEEDED", "contents: "},
        {"put", {{"path", "/n"}, {"contents", "AA"}, {"overwrite", "maybe"}}, kBad, "overwrite: "},
        {"add-block", {{"data", "AA=="}}, kBad, "handle: "},
        {"add-block", {{"handle", "x"}, {"data", "AA=="}}, kBad, "handle: "},
        {"add-block", {{"handle", 1}}, kBad, "data: "},
        {"add-block", {{"handle", 1}, {"data", "%"}}, kBad, "data: is not base64"},
        {"add-block", {{"handle", 1}, {"data", megabyte_and_one}}, "400 MAX_BLOCK_SIZE_EXCEEDED", "data: "},
        {"add-block", {{"handle", 4711}, {"data", "AA=="}}, kMissing, "No file is open under handle 4711."},
        {"close", Json::object(), kBad, "handle: "},
        {"close", {{"handle", -1}}, kMissing, "No file is open under handle -1."},
        {"move", {{"source_path", "/f"}}, kBad, "destination_path: "},
        {"move", {{"destination_path", "/n"}}, kBad, "source_path: "},
        {"move", {{"source_path", "/f"}, {"destination_path", "n"}}, kBad, "destination_path: "},
        {"move", {{"source_path", "/d"}, {"destination_path", "/d/e"}}, kBad, "destination_path: "},
        {"move",
         {{"source_path", "/none"}, {"destination_path", "/n"}},
         kMissing,
         "No file or directory exists on path /none."},
        {"move",
         {{"source_path", "/f"}, {"destination_path", "/d"}},
         kExists,
         "A file or directory already exists at the input path /d."},
        {"delete", {{"path", "/d"}}, "400 IO_ERROR", "The directory /d is not empty"},
        {"delete", {{"path", "/d"}, {"recursive", {}}}, "400 IO_ERROR", "The directory /d is not empty"},
        {"delete", {{"path", "/"}, {"recursive", true}}, "400 IO_ERROR", "The operation on / failed"},
        {"mkdirs", {{"path", "/f/x"}}, kExists, "A file or directory already exists at the input path /f."},
        {"create", {{"path", "/f"}}, kExists, "A file or directory already exists at the input path /f."},
        {"create",
         {{"path", "/d"}, {"overwrite", true}},
         kExists,
         "A file or directory already exists at the input path /d."},
        {"put",
         {{"path", "/f"}, {"contents", "AA=="}},
         kExists,
         "A file or directory already exists at the input path /f."},
        {"put",
         {{"path", "/f/x"}, {"contents", "AA=="}},
         kExists,
         "A file or directory already exists at the input path /f."},
        {"put", {{"path", "/" + std::string(300, 'n')}, {"contents", "AA=="}}, kBad, "path: a name in "},
        {"GET get-status", {{"path", "/none"}}, kMissing, "No file or directory exists on path /none."},
        {"GET list", {{"path", "/none"}}, kMissing, "No file or directory exists on path /none."},
        {"GET read", {{"path", "/none"}}, kMissing, "No file or directory exists on path /none."},
        {"GET read", {{"path", "/d"}}, kBad, "path: /d is not a file."},
        {"GET read", {{"path", "/f"}, {"offset", -1}}, kBad, "offset: "},
        {"GET read", {{"path", "/f"}, {"length", -1}}, kBad, "length: "},
        {"GET read", {{"path", "/f"}, {"length", "many"}}, kBad, "length: "},
    };
    for (const std::string call : {"create", "put", "mkdirs", "delete", "GET get-status", "GET list", "GET read"}) {
        cases.push_back({call, Json::object(), kBad, "path: the field is required"});
        for (const Json& path :
             std::vector<Json>{5, "", "n", "dbfs:", "s3:/n", "/../n", "dbfs:/d/../../n", "/d/./n",
                               "/" + std::string(5000, 'n'), "/.stoker-unfinished", "dbfs://.stoker-unfinished/x"})
            cases.push_back({call, {{"path", path}, {"contents", "AA=="}}, kBad, "path: "});
    }
    cases.push_back({"mkdirs", {{"path", std::string("/n\0", 3)}}, "400 MALFORMED_REQUEST", "Could not parse"});
    for (const BadInput& bad : cases) {
        const bool reads = bad.call.starts_with("GET ");
        const HttpAnswer answer = reads ? look(bad.call.substr(4), bad.body) : dbfs(bad.call, bad.body);
        const std::string what = bad.call + " " + bad.body.dump().substr(0, 200) + " -> " + answer.body;
        EXPECT_EQ(error(answer), bad.error) << what;
        EXPECT_TRUE(answer.json().at("message").get<std::string>().starts_with(bad.message)) << what;
    }
    EXPECT_EQ(names(), (std::vector<std::string>{"d", "f"}));
    EXPECT_EQ(on_disk("/f") + on_disk("/d/g"), "xy");
    EXPECT_EQ(unfinished(), 0u);
    EXPECT_EQ(sql.number("SELECT count(*) FROM dbfs_handles"), 0);
}

TEST_F(DbfsTest, AddressesThatClimbAreRefused) {
    std::ofstream(root.parent_path() / "secret") << "secret";
    for (const std::string path : {"/dbfs/../secret", "/dbfs/%2e%2e/secret", "/dbfs/a%2f..%2f..%2fsecret",
                                   "/dbfs/..%2fsecret", "/dbfs/%00", "/dbfs/.stoker-unfinished/x", "/dbfs/%2e"})
        for (const std::string method : {"GET", "PUT", "POST"}) {
            const HttpAnswer answer = ask_raw(method, path, method == "GET" ? "" : "bytes");
            EXPECT_EQ(answer.status, 400) << method << " " << path << " " << answer.body;
        }
    EXPECT_TRUE(names().empty());
}

TEST_F(DbfsTest, LinksThatLeadOutAreRefusedAtEveryCall) {
    std::ofstream(root.parent_path() / "secret") << "secret";
    fs::create_symlink("../secret", root / "up");
    fs::create_symlink(root.parent_path(), root / "out");
    put("/f", "x");
    for (const std::string path : {"/up", "/out/secret"}) {
        for (const std::string call : {"get-status", "list", "read"})
            EXPECT_EQ(error(look(call, {{"path", path}})), "403 PERMISSION_DENIED") << call << path;
        EXPECT_EQ(ask_raw("GET", "/dbfs" + path).status, 403);
    }
    for (const std::string path : {"/out/new", "/out/new/f"}) {
        const Json body{{"path", path}, {"contents", "AA=="}, {"overwrite", true}, {"recursive", true}};
        for (const std::string call : {"create", "put", "mkdirs", "delete"})
            EXPECT_EQ(error(dbfs(call, body)), "403 PERMISSION_DENIED") << call << path;
        EXPECT_EQ(error(dbfs("move", {{"source_path", "/f"}, {"destination_path", path}})), "403 PERMISSION_DENIED");
        EXPECT_EQ(ask_raw("POST", "/dbfs" + path, "bytes").status, 403);
    }
    EXPECT_EQ(error(dbfs("delete", {{"path", "/out/secret"}})), "403 PERMISSION_DENIED");
    EXPECT_TRUE(fs::exists(root.parent_path() / "secret"));
    EXPECT_EQ(std::distance(fs::directory_iterator(root.parent_path()), {}), 2);
    EXPECT_EQ(get("/api/2.0/dbfs/list?path=/").json().at("files").size(), 1u);
}

TEST_F(DbfsTest, LongListsAreRefusedNotCut) {
    for (int i = 0; i < 5; ++i) put("/d/" + std::to_string(i), "");
    EXPECT_EQ(get("/api/2.0/dbfs/list?path=/d").json().at("files").size(), 5u);
    put("/d/5", "");
    const HttpAnswer answer = get("/api/2.0/dbfs/list?path=/d");
    EXPECT_EQ(error(answer), "400 MAX_LIST_SIZE_EXCEEDED");
    EXPECT_NE(answer.body.find("more than 5 entries"), std::string::npos);
}

TEST_F(DbfsTest, WithoutATokenThereIsNothing) {
    HttpConnection connection(api.port());
    for (const std::string target : {"/api/2.0/dbfs/list?path=/", "/dbfs/f", "/api/2.0/fs/directories/Volumes/a/b/c"})
        EXPECT_EQ(connection.ask("GET", target).status, 401) << target;
    EXPECT_EQ(connection.ask("PUT", "/dbfs/f", "x").status, 401);
    EXPECT_TRUE(names().empty());
}

TEST_F(DbfsTest, EveryUserSharesTheRoot) {
    put("/f", "x");
    token = token_of("bob@example.com", false);
    EXPECT_EQ(ask_raw("GET", "/dbfs/f").body, "x");
    EXPECT_EQ(dbfs("delete", {{"path", "/f"}}).status, 200);
}

TEST_F(ApiTest, AServerWithoutARootSaysSo) {
    const HttpAnswer answer = get("/api/2.0/dbfs/list?path=/");
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.json().at("error_code"), "FEATURE_DISABLED");
}

}  // namespace
}  // namespace stoker::test
