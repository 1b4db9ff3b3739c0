#include "bench/load/http_response.h"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace stoker::bench {
namespace {

TEST(HttpResponse, IsReadOnceAllOfItIsThere) {
    const std::string whole = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
    for (std::size_t length = 0; length < whole.size(); ++length)
        EXPECT_FALSE(read_http_response(whole.substr(0, length))) << length;
    const std::string with_next = whole + "HTTP/1.1 404";
    const auto response = read_http_response(with_next);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "hello");
    EXPECT_EQ(response->size, whole.size());
    EXPECT_FALSE(response->closes);
}

TEST(HttpResponse, TellsThatTheConnectionEnds) {
    const auto response = read_http_response("HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 503);
    EXPECT_TRUE(response->closes);
}

TEST(HttpResponse, InChunksEndsWithTheLastOne) {
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_FALSE(read_http_response(head + "7\r\n{\"a\":1}\r\n"));
    const std::string whole = head + "7\r\n{\"a\":1}\r\n0\r\n\r\n";
    const auto response = read_http_response(whole);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->size, whole.size());
    EXPECT_NE(response->body.find("{\"a\":1}"), std::string_view::npos);
}

TEST(HttpResponse, OfNoKnownLengthIsRefused) {
    EXPECT_THROW(read_http_response("HTTP/1.1 200 OK\r\n\r\n"), std::runtime_error);
    EXPECT_THROW(read_http_response("SSH-2.0-OpenSSH\r\n\r\n"), std::runtime_error);
}

}  // namespace
}  // namespace stoker::bench
