#include "core/sealed_text.h"
#include "db/git_store.h"
#include "tests/api/api_pgtest.h"

namespace stoker::test {
namespace {
using Json = nlohmann::json;
constexpr const char* kPath = "/api/2.0/git-credentials";

class GitCredentialsTest : public ApiTest {
  protected:
    Json github(const std::string& secret = "ghp_secret") {
        return {{"git_provider", "GitHub"}, {"git_username", "ann"}, {"personal_access_token", secret}};
    }
    std::int64_t create(const Json& body) {
        const HttpAnswer answer = post(kPath, body);
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.json().at("credential_id").get<std::int64_t>();
    }
    static std::string at(std::int64_t credential_id) { return kPath + ("/" + std::to_string(credential_id)); }
    std::string token_of_credential(std::int64_t credential_id) {
        const auto sealed =
            sql.one("SELECT sealed_token FROM git_credentials WHERE credential_id = " + std::to_string(credential_id));
        return open_sealed_text(ApiServer::kSealingKey, db::git_token_purpose(credential_id, kUser), sealed)
            .value_or("");
    }
};

TEST_F(GitCredentialsTest, OneIsStoredSealedAndShownWithoutItsToken) {
    Json sent = github();
    sent["git_email"] = "ann@example.com";
    sent["name"] = "work";
    const HttpAnswer made = post(kPath, sent);
    const auto credential_id = made.json().at("credential_id").get<std::int64_t>();
    const Json shown{{"credential_id", credential_id}, {"git_provider", "gitHub"}, {"git_username", "ann"},
                     {"git_email", "ann@example.com"}, {"name", "work"},           {"is_default_for_provider", true}};
    EXPECT_EQ(made.json(), shown);
    EXPECT_EQ(get(at(credential_id)).json(), shown);
    EXPECT_EQ(get(kPath).json(), (Json{{"credentials", {shown}}}));
    EXPECT_EQ(sql.one("SELECT sealed_token FROM git_credentials").find("ghp_secret"), std::string::npos);
    EXPECT_EQ(token_of_credential(credential_id), "ghp_secret");
}

TEST_F(GitCredentialsTest, WithoutAnyTheListIsEmpty) {
    EXPECT_EQ(get(kPath).body, R"({"credentials":[]})");
}

TEST_F(GitCredentialsTest, OneOfAProviderIsTheDefault) {
    const auto first = create(github()), second = create(github());
    auto is_default = [&](std::int64_t id) { return get(at(id)).json()["is_default_for_provider"].get<bool>(); };
    EXPECT_TRUE(is_default(first));
    EXPECT_FALSE(is_default(second));
    EXPECT_EQ(ask("PATCH", at(second), {{"git_provider", "gitHub"}, {"is_default_for_provider", true}}).body, "{}");
    EXPECT_FALSE(is_default(first));
    EXPECT_TRUE(is_default(second));
    Json third = github();
    third["is_default_for_provider"] = "true";
    EXPECT_TRUE(is_default(create(third)));
    EXPECT_FALSE(is_default(second));
    EXPECT_TRUE(is_default(create({{"git_provider", "gitlab"}, {"personal_access_token", "t"}})));
}

TEST_F(GitCredentialsTest, APatchLeavesWhatItDoesNotName) {
    const auto id = create(github());
    EXPECT_EQ(ask("PATCH", at(id), {{"git_provider", "gitHub"}, {"git_username", "other"}}).status, 200);
    EXPECT_EQ(token_of_credential(id), "ghp_secret");
    EXPECT_EQ(ask("PATCH", at(id), {{"git_provider", "gitHub"}, {"personal_access_token", "new"}}).status, 200);
    EXPECT_EQ(token_of_credential(id), "new");
    EXPECT_EQ(get(at(id)).json()["git_username"], "other");
}

TEST_F(GitCredentialsTest, OthersDoNotFindIt) {
    const auto id = create(github());
    for (const bool is_admin : {false, true}) {
        const std::string bob = bearer(token_of(is_admin ? "root@example.com" : "bob@example.com", is_admin));
        const std::string words = "Git credential " + std::to_string(id) + " does not exist.";
        const HttpAnswer answer = get(at(id), bob);
        EXPECT_EQ(answer.status, 404);
        EXPECT_EQ(answer.json(), (Json{{"error_code", "RESOURCE_DOES_NOT_EXIST"}, {"message", words}}));
        EXPECT_EQ(ask("PATCH", at(id), {{"name", "mine"}}, bob).status, 404);
        EXPECT_EQ(ask("DELETE", at(id), nullptr, bob).status, 404);
        EXPECT_EQ(get(kPath, bob).body, R"({"credentials":[]})");
    }
    EXPECT_FALSE(get(at(id)).json().contains("name"));
}

TEST_F(GitCredentialsTest, ADeletedOneIsGone) {
    const auto id = create(github());
    EXPECT_EQ(ask("DELETE", at(id)).body, "{}");
    EXPECT_EQ(ask("DELETE", at(id)).status, 404);
    EXPECT_EQ(get(at(id)).status, 404);
    EXPECT_EQ(get(kPath + std::string("/x1")).status, 404);
}

TEST_F(GitCredentialsTest, BadInputIsNamedAndWritesNothing) {
    struct Bad {
        const char* field;
        Json value;
    };
    const std::vector<Bad> table{{"git_provider", nullptr},
                                 {"git_provider", "cvs"},
                                 {"git_provider", 7},
                                 {"personal_access_token", nullptr},
                                 {"personal_access_token", ""},
                                 {"personal_access_token", "a\nhost=evil"},
                                 {"personal_access_token", std::string(8193, 'x')},
                                 {"git_username", "a\nb"},
                                 {"git_username", std::string(321, 'x')},
                                 {"git_username", Json::array()},
                                 {"git_email", "a\r"},
                                 {"name", "a\x01"},
                                 {"is_default_for_provider", "perhaps"},
                                 {"principal_id", 5}};
    for (const Bad& bad : table) {
        Json body = github();
        body[bad.field] = bad.value;
        const HttpAnswer answer = post(kPath, body);
        EXPECT_EQ(answer.status, 400) << answer.body;
        EXPECT_EQ(answer.json()["error_code"], "INVALID_PARAMETER_VALUE");
        EXPECT_TRUE(answer.json()["message"].get<std::string>().starts_with(bad.field)) << answer.body;
    }
    EXPECT_EQ(sql.number("SELECT count(*) FROM git_credentials"), 0);
    EXPECT_EQ(get(kPath + std::string("?principal_id=5")).status, 400);
}

TEST_F(GitCredentialsTest, AUserHasAHundredAtMost) {
    for (int i = 0; i < 100; ++i) create(github());
    EXPECT_EQ(post(kPath, github()).json()["error_code"], "QUOTA_EXCEEDED");
}

}  // namespace
}  // namespace stoker::test
