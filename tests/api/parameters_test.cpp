#include "api/http/parameters.h"

#include <gtest/gtest.h>

#include "api/http/multipart.h"
#include "api/http/prefer.h"
#include "core/error.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

std::string refusal(const std::string& body) {
    try {
        parse_json_object(body);
    } catch (const ApiError& error) {
        return std::string(error_code_row(error.code()).wire_name);
    }
    return "";
}

TEST(Parameters, AGetMergesQueryAndBody) {
    EXPECT_EQ(parse_parameters("GET", "run_id=5&page_token=&name=a%20b+c", R"({"run_id":4,"limit":2})"),
              (Json{{"run_id", "5"}, {"name", "a b c"}, {"limit", 2}}));
    EXPECT_EQ(parse_parameters("GET", "s=a&s=b", ""), (Json{{"s", {"a", "b"}}}));
    EXPECT_EQ(parse_parameters("POST", "run_id=5", R"({"x":1})"), (Json{{"x", 1}}));
    EXPECT_EQ(parse_parameters("POST", "", " \r\n"), Json::object());
    EXPECT_THROW(parse_parameters("GET", "a=%ff", ""), ApiError);
}

TEST(Parameters, BadBodiesAreMalformedRequests) {
    for (const char* body :
         {"{", "[]", "1", "nonsense", "{\"a\":}", "{\"a\":\"\xff\"}", "{\"a\":\"\\u0000\"}", "{\"a\":1e999}"})
        EXPECT_EQ(refusal(body), "MALFORMED_REQUEST") << body;
    EXPECT_EQ(refusal("{\"a\":" + std::string(1'000'000, '[')), "MALFORMED_REQUEST");
    std::string wide = "{\"a\":[0";
    for (std::size_t i = 0; i <= kMaxJsonValues; ++i) wide += ",0";
    EXPECT_EQ(refusal(wide + "]}"), "MALFORMED_REQUEST");
    EXPECT_EQ(refusal(R"({"brackets in text":"[[[[{{{{\\","a":1,"a":2})"), "");
}

TEST(Multipart, FieldsAndFiles) {
    const std::string body =
        "--b\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n/a\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"n.py\"\r\nContent-Type: "
        "text/plain\r\n\r\nx\r\n--not\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n--b--\r\n";
    const auto parts = parse_multipart("multipart/form-data; boundary=\"b\"", body);
    ASSERT_EQ(parts.size(), 3u);
    EXPECT_EQ(parts[0].content, "/a");
    EXPECT_EQ(parts[1].file_name, "n.py");
    EXPECT_EQ(parts[1].content, "x\r\n--not");
    EXPECT_EQ(parts[2].content, "");
    for (std::size_t cut = 0; cut + 5 < body.size(); ++cut)
        EXPECT_THROW(parse_multipart("multipart/form-data; boundary=b", body.substr(0, cut)), ApiError) << cut;
    EXPECT_THROW(parse_multipart("multipart/form-data", body), ApiError);
}

TEST(Prefer, WaitIsFoundAmongPreferences) {
    auto wait = [](std::initializer_list<const char*> values) {
        Headers headers;
        for (const char* value : values) headers.add("prefer", value);
        auto found = preferred_wait(headers, std::chrono::seconds(300));
        return found ? found->count() : -1;
    };
    EXPECT_EQ(wait({"wait=10"}), 10);
    EXPECT_EQ(wait({"respond-async, WAIT = \"20\" ; x=1"}), 20);
    EXPECT_EQ(wait({"respond-async", "wait=7"}), 7);
    EXPECT_EQ(wait({"wait=4000"}), 300);
    EXPECT_EQ(wait({"wait=99999999999999999999"}), 300);
    EXPECT_EQ(wait({"wait=0"}), 0);
    for (const char* none : {"", "wait", "wait=", "wait=-1", "wait=abc", "wait=1.5", "waiting=3"})
        EXPECT_EQ(wait({none}), -1) << none;
}
}  // namespace
}  // namespace stoker::api
