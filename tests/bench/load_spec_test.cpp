#include "bench/load/load_spec.h"

#include <stdexcept>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace stoker::bench {
namespace {
using Json = nlohmann::json;

TEST(RequestTemplate, FillsItsGapsAndKnowsItsLength) {
    const RequestTemplate request({{"method", "POST"}, {"path", "/run"}, {"body", R"({"token":"t-{unique}"})"}}, "here",
                                  {{"Authorization", "Bearer x"}});
    const std::string body = R"({"token":"t-00000000000000ff"})";
    EXPECT_EQ(request.render(255, ""),
              "POST /run HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer x\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\n\r\n" + body);
}

TEST(RequestTemplate, PutsTheValueIntoThePath) {
    const RequestTemplate request({{"method", "GET"}, {"path", "/get?run_id={value}&x=1"}}, "here", Json::object());
    EXPECT_EQ(request.render(0, "1001"), "GET /get?run_id=1001&x=1 HTTP/1.1\r\nHost: here\r\n\r\n");
}

TEST(RequestTemplate, RefusesAValueInTheBody) {
    const Json request{{"method", "POST"}, {"path", "/"}, {"body", "{value}"}};
    EXPECT_THROW(RequestTemplate(request, "here", Json::object()), std::runtime_error);
}

TEST(LoadSpec, NeedsOneEnd) {
    Json spec{{"host", "127.0.0.1"}, {"port", 1}, {"rotation", Json::array()}};
    EXPECT_THROW(read_load_spec(spec), std::runtime_error);
    spec["seconds"] = 1;
    EXPECT_EQ(read_load_spec(spec).duration.count(), 1.0);
    spec["requests"] = 10;
    EXPECT_THROW(read_load_spec(spec), std::runtime_error);
}

}  // namespace
}  // namespace stoker::bench
