#include "api/http/router.h"

#include <array>
#include <set>

#include <gtest/gtest.h>

#include "api/endpoints.h"
#include "core/error.h"

namespace stoker::api {
namespace {
const std::array kRoutes{
    Endpoint{"GET", "jobs/get", Versions::kFrom20To22},
    Endpoint{"POST", "jobs/create", Versions::kFrom20To22},
    Endpoint{"GET", "repos/{id}", Versions::k20},
    Endpoint{"PATCH", "repos/{id}", Versions::k20},
    Endpoint{"*", "/api/2.0/mlflow/{rest*}", Versions::kNone},
};

struct RouterTest : testing::Test {
    Router router;
    Request request;
    RouterTest() { router.add(kRoutes); }

    const Endpoint* route(const std::string& method, const std::string& path) {
        request = {};
        request.method = method;
        request.path = path;
        router.route(request);
        return request.endpoint;
    }
    std::string refusal(const std::string& method, const std::string& path) {
        try {
            route(method, path);
        } catch (const ApiError& error) {
            return std::string(error_code_row(error.code()).wire_name) + " " + error.what();
        }
        return "";
    }
};

TEST_F(RouterTest, TellsTheVersions) {
    EXPECT_EQ(route("GET", "/api/2.0/jobs/get"), &kRoutes[0]);
    EXPECT_EQ(request.version, ApiVersion::k20);
    EXPECT_EQ(route("GET", "/api/2.2/jobs/get"), &kRoutes[0]);
    EXPECT_EQ(request.version, ApiVersion::k22);
}

TEST_F(RouterTest, DoubledAndTrailingSlashesDoNotMatter) {
    EXPECT_EQ(route("PATCH", "/api/2.0/repos//5"), &kRoutes[3]);
    EXPECT_EQ(request.path_parameters, (std::vector<std::pair<std::string, std::string>>{{"id", "5"}}));
    EXPECT_EQ(route("POST", "//api/2.1/jobs/create/"), &kRoutes[1]);
}

TEST_F(RouterTest, HeadTakesTheRouteOfGet) {
    EXPECT_EQ(route("HEAD", "/api/2.1/jobs/get"), &kRoutes[0]);
}

TEST_F(RouterTest, TheRestIsTakenWhole) {
    EXPECT_EQ(route("DELETE", "/api/2.0/mlflow/a/b%20c"), &kRoutes[4]);
    EXPECT_EQ(request.path_parameters.front().second, "/a/b c");
    EXPECT_EQ(route("GET", "/api/2.0/mlflow"), &kRoutes[4]);
}

TEST_F(RouterTest, UnknownRoutesAreNamed) {
    EXPECT_EQ(refusal("POST", "/api/2.1/jobs/foo"), "ENDPOINT_NOT_FOUND No API found for 'POST /jobs/foo'");
    EXPECT_EQ(refusal("POST", "/api/2.1/jobs/get"), "ENDPOINT_NOT_FOUND No API found for 'POST /jobs/get'");
    EXPECT_EQ(refusal("GET", "/"), "ENDPOINT_NOT_FOUND No API found for 'GET /'");
    EXPECT_EQ(refusal("GET", "/api/2.1/repos/5"), "ENDPOINT_NOT_FOUND No API found for 'GET /repos/5'");
}

TEST_F(RouterTest, PathsThatClimbAreRefused) {
    EXPECT_TRUE(refusal("GET", "/api/2.0/mlflow/../jobs/get").starts_with("BAD_REQUEST"));
    EXPECT_TRUE(refusal("GET", "/api/2.0/mlflow/%2e%2e/x").starts_with("BAD_REQUEST"));
    EXPECT_TRUE(refusal("GET", "/api/2.0/mlflow/%zz").starts_with("BAD_REQUEST"));
    EXPECT_TRUE(refusal("GET", "/api/2.0/mlflow/%00").starts_with("BAD_REQUEST"));
}

TEST_F(RouterTest, ARouteIsRegisteredOnce) {
    EXPECT_THROW(router.add(kRoutes[0]), std::logic_error);
}

TEST(Endpoints, EachIsCompleteAndAsksForATokenUnlessPublic) {
    Router router;
    register_endpoints(router);
    std::set<std::string_view> open;
    for (const Endpoint* endpoint : router.endpoints()) {
        EXPECT_NE(endpoint->handler == nullptr, endpoint->stream == nullptr) << endpoint->path;
        if (endpoint->access == Access::kPublic)
            open.insert(endpoint->path);
        else
            EXPECT_NE(endpoint->action, Action::kNone) << endpoint->path;
    }
    EXPECT_EQ(open, (std::set<std::string_view>{"/.well-known/databricks-config", "/healthz", "/readyz", "/metrics",
                                                "/api/stoker/v1/openapi.json", "/api/stoker/v1/nodes/authorities",
                                                "/api/stoker/v1/nodes/join"}));
}
}  // namespace
}  // namespace stoker::api
