#include "api/spark/ui_response.h"

#include <gtest/gtest.h>

namespace stoker::api {
namespace {
constexpr const char* kBase = "/sparkui/c/w";

Response of(const std::string& raw) {
    return ui_response(raw, kBase, "http://stoker:8080");
}

TEST(UiResponse, IsWhatTheDriverAnswered) {
    const Response response =
        of("HTTP/1.1 404 Not Found\r\nContent-Type: text/html;charset=utf-8\r\nServer: Jetty\r\n"
           "Content-Length: 5\r\n\r\nnever");
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.content_type, "text/html;charset=utf-8");
    EXPECT_EQ(response.body, "never");
    EXPECT_FALSE(response.headers.has("Server"));
}

TEST(UiResponse, ABodyWithoutALengthEndsWithTheAnswer) {
    EXPECT_EQ(of("HTTP/1.1 200 OK\r\nContent-Type: text/css\r\n\r\na {}").body, "a {}");
}

TEST(UiResponse, IsKeptToItsOwnPages) {
    const Response response =
        of("HTTP/1.1 200 OK\r\nContent-Security-Policy: default-src *\r\nContent-Length: 0\r\n\r\n");
    const std::string policy(response.headers.get("Content-Security-Policy"));
    EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
    EXPECT_NE(policy.find("connect-src http://stoker:8080/sparkui/c/w/;"), std::string::npos);
    EXPECT_EQ(policy.find("allow-popups"), std::string::npos);
    EXPECT_EQ(response.headers.get_all("Content-Security-Policy").size(), 1u);
}

TEST(UiResponse, RedirectsStayBeneathTheirPages) {
    const auto leads_to = [](const std::string& location) {
        return std::string(of("HTTP/1.1 302 Found\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n")
                               .headers.get("Location"));
    };
    EXPECT_EQ(leads_to("http://localhost/jobs/"), "/sparkui/c/w/jobs/");
    EXPECT_EQ(leads_to("/stages/?id=1"), "/sparkui/c/w/stages/?id=1");
    EXPECT_EQ(leads_to("/sparkui/c/w/jobs/"), "/sparkui/c/w/jobs/");
    EXPECT_EQ(leads_to("https://elsewhere.example/"), "/sparkui/c/w/");
    EXPECT_EQ(leads_to("//elsewhere.example/"), "/sparkui/c/w/");
}

TEST(UiResponse, WhatIsNoAnswerIsRefused) {
    EXPECT_THROW(of("nothing of the kind"), std::runtime_error);
    EXPECT_THROW(of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"), std::runtime_error);
}

}  // namespace
}  // namespace stoker::api
