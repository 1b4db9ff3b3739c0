#include <cstdlib>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "api/endpoints.h"
#include "api/openapi/compatibility.h"
#include "api/openapi/document.h"
#include "api/openapi/json_schema.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

struct OpenApiTest : testing::Test {
    Router router;
    Json document;
    OpenApiTest() {
        register_endpoints(router);
        document = openapi_document(router);
    }
    std::vector<std::pair<std::string, Json>> operations() const {
        std::vector<std::pair<std::string, Json>> all;
        for (const auto& [path, methods] : document["paths"].items())
            for (const auto& [method, operation] : methods.items()) all.emplace_back(method + " " + path, operation);
        return all;
    }
};

TEST_F(OpenApiTest, EveryRouteIsDocumented) {
    for (const Endpoint* endpoint : router.endpoints())
        EXPECT_FALSE(endpoint->operation.summary.empty())
            << endpoint->method << " " << endpoint->path
            << " has no operation: add .with({\"What it does.\", &kRequest, &kAnswer}) to its row, with schemas of "
               "api/schema (nullptr: it takes, or answers, nothing), and drop the handler's own check().";
}

TEST_F(OpenApiTest, EveryRouteStandsInTheDocumentInAllItsVersions) {
    std::size_t routes = 0;
    for (const Endpoint* endpoint : router.endpoints()) {
        const std::size_t versions = std::max<std::size_t>(1, each(endpoint->versions).size());
        routes += versions * (endpoint->method == "*" ? 5 : 1);
    }
    EXPECT_EQ(operations().size(), routes);
    EXPECT_TRUE(document["paths"]["/api/2.2/jobs/create"].contains("post"));
    EXPECT_TRUE(document["paths"]["/api/2.0/jobs/runs/get-output"].contains("get"));
    EXPECT_TRUE(document["paths"]["/api/2.0/permissions/jobs/{job_id}"].contains("patch"));
}

TEST_F(OpenApiTest, OperationIdsAreUnique) {
    std::set<std::string> ids;
    for (const auto& [name, operation] : operations())
        EXPECT_TRUE(ids.insert(operation["operationId"].get<std::string>()).second) << name;
}

TEST_F(OpenApiTest, WhatIsRefusedOrHasNoEffectSaysWhy) {
    for (const auto& [name, component] : document["components"]["schemas"].items())
        for (const auto& [field, value] : component["properties"].items()) {
            if (!value.contains("x-stoker-support")) continue;
            EXPECT_GT(value["description"].get<std::string>().size(), 25u) << name << "." << field;
        }
}

TEST_F(OpenApiTest, FieldsAreSaidAsTheyAreChecked) {
    const Json& settings = document["components"]["schemas"]["JobSettings"]["properties"];
    EXPECT_EQ(settings["max_concurrent_runs"]["maximum"], 1000);
    EXPECT_EQ(settings["tasks"]["items"], (Json{{"$ref", "#/components/schemas/Task"}}));
    EXPECT_EQ(settings["triggers"]["maxItems"], 0);
    EXPECT_EQ(settings["triggers"]["x-stoker-support"], "refused");
    EXPECT_EQ(settings["edit_mode"]["x-stoker-support"], "stored");
    const Json& task = document["components"]["schemas"]["Task"];
    EXPECT_EQ(task["required"], Json::array({"task_key"}));
    EXPECT_EQ(task["properties"]["run_if"]["enum"].size(), 6u);
    const Json& get = document["paths"]["/api/2.1/jobs/get"]["get"];
    EXPECT_EQ(get["parameters"][0]["name"], "job_id");
    EXPECT_EQ(get["parameters"][0]["required"], true);
    EXPECT_FALSE(get.contains("requestBody"));
}

TEST(JsonSchemas, OneNameIsOneSchema) {
    static const Schema kOne{"Same", {}};
    static const Schema kOther{"Same", {}};
    JsonSchemas schemas;
    schemas.reference(kOne);
    EXPECT_NO_THROW(schemas.reference(kOne));
    EXPECT_THROW(schemas.reference(kOther), std::logic_error);
}

// docs/api_compatibility.md is what the tables say. STOKER_REFRESH_DOCS=1 writes it anew.
TEST_F(OpenApiTest, TheCompatibilityTableIsWhatTheServerDoes) {
    const char* const kFile = "docs/api_compatibility.md";
    const std::string text = compatibility_text(router);
    if (std::getenv("STOKER_REFRESH_DOCS")) std::ofstream(kFile) << text;
    std::ifstream file(kFile);
    const std::string written((std::istreambuf_iterator<char>(file)), {});
    EXPECT_TRUE(text == written) << kFile << " differs from api/schema; if that is meant, refresh it:\n"
                                 << "  STOKER_REFRESH_DOCS=1 ctest -R api_test";
}
}  // namespace
}  // namespace stoker::api
