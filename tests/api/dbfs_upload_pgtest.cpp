#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "tests/api/dbfs_fixture.h"

// Files that come in blocks, as a form, or as the body itself.
namespace stoker::test {
namespace {
using Json = nlohmann::json;

class DbfsUploadTest : public DbfsTest {
  protected:
    std::int64_t open(const std::string& path, bool overwrite = false) {
        return dbfs("create", {{"path", path}, {"overwrite", overwrite}}).json().at("handle");
    }
    HttpAnswer add(std::int64_t handle, const std::string& bytes) {
        return dbfs("add-block", {{"handle", handle}, {"data", base64_encode(bytes)}});
    }
    HttpAnswer close(std::int64_t handle) { return dbfs("close", {{"handle", handle}}); }

    static std::string part(const std::string& name, const std::string& content, const std::string& more = "") {
        return "--b0und\r\nContent-Disposition: form-data; name=\"" + name + "\"" + more + "\r\n\r\n" + content +
               "\r\n";
    }
    HttpAnswer put_form(const std::string& body) {
        return ask_raw("POST", "/api/2.0/dbfs/put", body, "Content-Type: multipart/form-data; boundary=b0und\r\n");
    }
};

TEST_F(DbfsUploadTest, AFileInBlocksIsSeenWhenItIsClosed) {
    const std::int64_t handle = open("dbfs:/a/f");
    const std::string block(1024 * 1024, 'x');
    EXPECT_EQ(add(handle, block).body, "{}");
    EXPECT_EQ(add(handle, "").body, "{}");
    EXPECT_EQ(dbfs("add-block", {{"handle", std::to_string(handle)}, {"data", base64_encode("end")}}).body, "{}");
    EXPECT_TRUE(names().empty());
    EXPECT_EQ(unfinished(), 1u);
    EXPECT_EQ(close(handle).body, "{}");
    EXPECT_EQ(on_disk("/a/f"), block + "end");
    EXPECT_EQ(unfinished(), 0u);
    EXPECT_EQ(error(close(handle)), "404 RESOURCE_DOES_NOT_EXIST");
    EXPECT_EQ(error(add(handle, "x")), "404 RESOURCE_DOES_NOT_EXIST");
}

TEST_F(DbfsUploadTest, AnyServerTakesTheNextBlockAndARestartLosesNone) {
    const std::int64_t handle = open("/f");
    EXPECT_EQ(add(handle, "one ").status, 200);
    api.stop();
    api::Settings settings;
    settings.dbfs_root = root;
    ApiServer second(database.server_dsn(), settings);
    ApiServer third(database.server_dsn(), settings);
    const auto post_to = [&](const ApiServer& server, const std::string& call, Json body) {
        body["handle"] = handle;
        HttpConnection connection(server.port());
        return connection.ask("POST", "/api/2.0/dbfs/" + call, body.dump(), bearer(token)).status;
    };
    EXPECT_EQ(post_to(second, "add-block", {{"data", base64_encode("two ")}}), 200);
    EXPECT_EQ(post_to(third, "add-block", {{"data", base64_encode("three")}}), 200);
    EXPECT_EQ(post_to(second, "close", {}), 200);
    EXPECT_EQ(post_to(third, "close", {}), 404);
    EXPECT_EQ(on_disk("/f"), "one two three");
}

TEST_F(DbfsUploadTest, AHandleIsItsUsersAndEndsAfterTenIdleMinutes) {
    const std::int64_t handle = open("/f");
    const std::string mine = token;
    token = token_of("bob@example.com", true);
    EXPECT_EQ(error(add(handle, "x")), "404 RESOURCE_DOES_NOT_EXIST");
    EXPECT_EQ(error(close(handle)), "404 RESOURCE_DOES_NOT_EXIST");
    token = mine;
    sql.run("UPDATE dbfs_handles SET last_used = last_used - interval '9 minutes'");
    EXPECT_EQ(add(handle, "x").status, 200);  // is in use again
    sql.run("UPDATE dbfs_handles SET last_used = last_used - interval '9 minutes'");
    EXPECT_EQ(add(handle, "y").status, 200);
    sql.run("UPDATE dbfs_handles SET last_used = last_used - interval '11 minutes'");
    EXPECT_EQ(error(add(handle, "x")), "404 RESOURCE_DOES_NOT_EXIST");
    EXPECT_EQ(error(close(handle)), "404 RESOURCE_DOES_NOT_EXIST");
    EXPECT_TRUE(names().empty());
    open("/g");
    EXPECT_EQ(sql.number("SELECT count(*) FROM dbfs_handles"), 1);  // the idle one is forgotten
}

TEST_F(DbfsUploadTest, WhoClosesSecondIsInTheWayUnlessHeOverwrites) {
    const std::int64_t first = open("/f"), second = open("/f"), third = open("/f", true);
    for (const auto& [handle, bytes] : std::map<std::int64_t, std::string>{{first, "1"}, {second, "2"}, {third, "3"}})
        EXPECT_EQ(add(handle, bytes).status, 200);
    EXPECT_EQ(close(first).status, 200);
    EXPECT_EQ(error(close(second)), "400 RESOURCE_ALREADY_EXISTS");
    EXPECT_EQ(on_disk("/f"), "1");
    EXPECT_EQ(close(third).status, 200);
    EXPECT_EQ(on_disk("/f"), "3");
}

TEST_F(DbfsUploadTest, BlocksThatArriveTogetherAreAllThere) {
    const std::int64_t handle = open("/f");
    std::vector<std::jthread> writers;
    for (char c = 'a'; c < 'i'; ++c)
        writers.emplace_back([&, c] { EXPECT_EQ(add(handle, std::string(100'000, c)).status, 200); });
    writers.clear();
    EXPECT_EQ(close(handle).status, 200);
    const std::string bytes = on_disk("/f");
    ASSERT_EQ(bytes.size(), 800'000u);
    for (std::size_t at = 0; at < bytes.size(); at += 100'000)
        EXPECT_EQ(bytes.substr(at, 100'000), std::string(100'000, bytes[at])) << at;
}

TEST_F(DbfsUploadTest, TheRawGatewayTakesAnySizeAndReplaces) {
    std::string bytes(30'000'000, '\0');  // three times what other routes take
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 2654435761u >> 11);
    EXPECT_EQ(ask_raw("POST", "/dbfs/a%20b//%C3%A4.bin", "first").body, "{}");
    EXPECT_EQ(ask_raw("PUT", "/dbfs/a%20b/%C3%A4.bin", bytes).status, 200);
    EXPECT_TRUE(on_disk("/a b/ä.bin") == bytes);
    const HttpAnswer answer = ask_raw("GET", "/dbfs/a%20b/%C3%A4.bin");
    EXPECT_EQ(answer.headers.at("content-type"), "application/octet-stream");
    EXPECT_TRUE(answer.body == bytes);
    EXPECT_EQ(ask_raw("POST", "/dbfs/empty", "").status, 200);
    EXPECT_EQ(ask_raw("GET", "/dbfs/empty").body, "");
    EXPECT_EQ(error(ask_raw("GET", "/dbfs/none")), "404 RESOURCE_DOES_NOT_EXIST");
    EXPECT_EQ(error(ask_raw("GET", "/dbfs/a%20b")), "400 INVALID_PARAMETER_VALUE");
    EXPECT_EQ(error(ask_raw("POST", "/dbfs/a%20b", "x")), "400 RESOURCE_ALREADY_EXISTS");
}

TEST_F(DbfsUploadTest, AChunkedBodyIsTaken) {
    HttpConnection connection(api.port());
    connection.send("POST /dbfs/f HTTP/1.1\r\nHost: h\r\n" + bearer(token) +
                    "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    EXPECT_EQ(connection.read_answer().status, 200);
    EXPECT_EQ(on_disk("/f"), "abcde");
    EXPECT_EQ(connection.ask("GET", "/dbfs/f", "", bearer(token)).body, "abcde");  // the connection goes on
}

TEST_F(DbfsUploadTest, AClientThatLeavesMidwayLeavesNothing) {
    put("/f", "old");
    const std::string head = "PUT /dbfs/f HTTP/1.1\r\nHost: h\r\n" + bearer(token);
    {
        HttpConnection short_of_length(api.port());
        short_of_length.send(head + "Content-Length: 1000000\r\n\r\n" + std::string(600'000, 'x'));
        HttpConnection mid_chunk(api.port());
        mid_chunk.send(head + "Transfer-Encoding: chunked\r\n\r\nfffff\r\n" + std::string(600'000, 'x'));
    }
    api.stop();  // sessions have ended by then
    EXPECT_EQ(on_disk("/f"), "old");
    EXPECT_TRUE(nothing_is_unfinished());
}

TEST_F(DbfsUploadTest, PartsOfAFileAndItsHeadAreServed) {
    put("/f", "0123456789");
    const HttpAnswer whole = ask_raw("GET", "/dbfs/f");
    const std::string modified = whole.headers.at("last-modified");
    const auto status = [&](const std::string& headers) { return ask_raw("GET", "/dbfs/f", "", headers).status; };
    HttpAnswer answer = ask_raw("GET", "/dbfs/f", "", "Range: bytes=2-4\r\nIf-Unmodified-Since: " + modified + "\r\n");
    EXPECT_EQ(answer.status, 206);
    EXPECT_EQ(answer.body, "234");
    EXPECT_EQ(answer.headers.at("content-range"), "bytes 2-4/10");
    EXPECT_EQ(ask_raw("GET", "/dbfs/f", "", "Range: bytes=-3\r\n").body, "789");
    EXPECT_EQ(status("Range: bytes=10-\r\n"), 416);
    EXPECT_EQ(status("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), 412);
    EXPECT_EQ(status("If-Unmodified-Since: once\r\n"), 200);
    answer = ask_raw("HEAD", "/dbfs/f");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.at("content-length"), "10");
    EXPECT_EQ(answer.headers.at("accept-ranges"), "bytes");
    EXPECT_EQ(ask_raw("HEAD", "/dbfs/none").status, 404);
}

TEST_F(DbfsUploadTest, NobodyReadsHalfAFile) {
    const std::string first(700'000, 'a'), second(900'000, 'b');
    put("/f", first);
    std::atomic<bool> done = false;
    std::jthread writer([&] {
        for (int i = 0; i < 20; ++i) put("/f", i % 2 ? first : second);
        done = true;
    });
    while (!done) {
        const std::string bytes = ask_raw("GET", "/dbfs/f").body;
        EXPECT_TRUE(bytes == first || bytes == second) << bytes.size();
    }
}

TEST_F(DbfsUploadTest, AFormMayHaveItsPartsInAnyOrderAndTheFileUnderEitherName) {
    const std::string tricky = "\r\n--b0un\r\n-b0und\r--b0und\n--b0und\r\n\r\n-- \r";
    const std::string big(3'000'000, 'x');
    const std::string end = "--b0und--\r\n";
    EXPECT_EQ(put_form(part("path", "dbfs:/1") + part("overwrite", "True") +
                       part("file", tricky, "; filename=\"1\"\r\nContent-Type: application/octet-stream") + end)
                  .body,
              "{}");
    EXPECT_EQ(on_disk("/1"), tricky);
    EXPECT_EQ(put_form("preamble\r\n" + part("contents", big, "; filename=x") + part("path", "/2") + end).status, 200);
    EXPECT_TRUE(on_disk("/2") == big);
    EXPECT_EQ(put_form(part("contents", "") + part("path", "/3") + end).status, 200);
    EXPECT_EQ(on_disk("/3"), "");
    EXPECT_EQ(put_form(part("path", "/2") + part("overwrite", "true") + part("file", "new") + end).status, 200);
    EXPECT_EQ(on_disk("/2"), "new");
    EXPECT_EQ(unfinished(), 0u);
}

TEST_F(DbfsUploadTest, AFormThatArrivesByteByByteIsReadAlike) {
    const std::string body = part("path", "/f") + part("file", "\r\n--b0unx\r\n") + "--b0und--";
    HttpConnection connection(api.port());
    connection.send("POST /api/2.0/dbfs/put HTTP/1.1\r\nHost: h\r\n" + bearer(token) +
                    "Content-Type: multipart/form-data; boundary=\"b0und\"\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (char c : body) connection.send("1\r\n" + std::string(1, c) + "\r\n");
    connection.send("0\r\n\r\n");
    EXPECT_EQ(connection.read_answer().status, 200);
    EXPECT_EQ(on_disk("/f"), "\r\n--b0unx\r\n");
}

TEST_F(DbfsUploadTest, BadFormsAreRefusedAndLeaveNothing) {
    put("/f", "old");
    const std::string end = "--b0und--\r\n";
    const std::string file = part("file", "x");
    const std::string kMalformed = "400 MALFORMED_REQUEST", kBad = "400 INVALID_PARAMETER_VALUE";
    for (const auto& [body, expected] : std::vector<std::pair<std::string, std::string>>{
             {part("path", "/n") + end, kBad},
             {file + end, kBad},
             {part("path", "n") + file + end, kBad},
             {part("path", "/../n") + file + end, kBad},
             {part("path", "/n") + part("overwrite", "maybe") + file + end, kBad},
             {part("path", "/n") + file + file + end, kBad},
             {part("path", "/f") + file + end, "400 RESOURCE_ALREADY_EXISTS"},
             {file + part("path", "/f") + end, "400 RESOURCE_ALREADY_EXISTS"},
             {part("path", std::string(9000, 'n')) + file + end, kMalformed},
             {part("path", "/\xFF") + file + end, kMalformed},
             {part("path", "/n") + file, kMalformed},
             {part("path", "/n") + "--b0und\r\nX: y\r\n\r\n", kMalformed},
             {part("path", "/n") + "--b0und\r\n" + std::string(100'000, 'h'), kMalformed},
             {"nothing like it", kMalformed},
             {"", kMalformed}}) {
        EXPECT_EQ(error(put_form(body)), expected) << body.substr(0, 300);
        EXPECT_EQ(names(), std::vector<std::string>{"f"});
        EXPECT_TRUE(nothing_is_unfinished()) << body.substr(0, 300);
    }
    const HttpAnswer answer = ask_raw("POST", "/api/2.0/dbfs/put", "x", "Content-Type: multipart/form-data\r\n");
    EXPECT_EQ(error(answer), kMalformed);
    EXPECT_EQ(error(ask_raw("POST", "/api/2.0/dbfs/put", std::string(11'000'000, ' '))).substr(0, 3), "413");
    EXPECT_EQ(on_disk("/f"), "old");
}

}  // namespace
}  // namespace stoker::test
