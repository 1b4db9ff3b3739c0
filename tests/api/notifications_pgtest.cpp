#include "api/notification_destinations/references.h"
#include "core/error.h"
#include "core/sealed_text.h"
#include "db/notification_destination_store.h"
#include "tests/api/api_pgtest.h"

namespace stoker::test {
namespace {
using Json = nlohmann::json;
const std::string kAll = "/api/2.0/notification-destinations";

class NotificationsApiTest : public ApiTest {
  protected:
    std::string created(const std::string& kind, const Json& config, const std::string& name = "n") {
        const HttpAnswer answer = post(kAll, {{"display_name", name}, {"config", {{kind, config}}}});
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.json().value("id", "");
    }
    HttpAnswer patch(const std::string& id, const Json& body) { return ask("PATCH", kAll + "/" + id, body); }
    std::string secret(const std::string& id, const std::string& field) {
        return server.run_blocking([&](db::Transaction& tx) {
            const auto found = db::find_notification_destination(tx, id);
            if (!found->secrets.contains(field)) return std::string("none");
            return open_sealed_text(ApiServer::kSealingKey, db::destination_secret_purpose(id, field),
                                    found->secrets.at(field))
                .value_or("unreadable");
        });
    }
    static Json webhook(const Json& more = Json::object()) {
        Json config{{"url", "https://example.com/hook"}};
        config.update(more);
        return config;
    }
};

TEST_F(NotificationsApiTest, EveryKindIsMadeAndShownWithoutItsSecrets) {
    struct Row {
        const char* kind;
        Json config;
        const char* type;
        Json shown;
    };
    const Json address{{"addresses", {"ann@example.com"}}};
    for (const Row& row :
         {Row{"email", address, "EMAIL", address},
          Row{"generic_webhook",
              webhook({{"username", "u"}, {"password", "p"}, {"url_set", true}}),
              "WEBHOOK",
              {{"url_set", true}, {"username_set", true}, {"password_set", true}, {"stoker_secret_set", false}}},
          Row{"generic_webhook",
              webhook({{"stoker_secret", "s"}}),
              "WEBHOOK",
              {{"url_set", true}, {"username_set", false}, {"password_set", false}, {"stoker_secret_set", true}}},
          Row{"slack", webhook(), "SLACK", {{"url_set", true}}},
          Row{"microsoft_teams", webhook(), "MICROSOFT_TEAMS", {{"url_set", true}}},
          Row{"pagerduty", {{"integration_key", "k"}}, "PAGERDUTY", {{"integration_key_set", true}}}}) {
        const HttpAnswer answer = post(kAll, {{"display_name", "on call"}, {"config", {{row.kind, row.config}}}});
        ASSERT_EQ(answer.status, 200) << answer.body;
        const Json expected{{"id", answer.json().at("id")},
                            {"display_name", "on call"},
                            {"destination_type", row.type},
                            {"config", {{row.kind, row.shown}}}};
        EXPECT_EQ(answer.json(), expected);
        EXPECT_EQ(get(kAll + "/" + answer.json().at("id").get<std::string>()).json(), expected);
        EXPECT_FALSE(answer.headers.contains("x-stoker-ignored-fields"));
    }
    EXPECT_EQ(sql.one("SELECT count(*) FROM notification_destinations WHERE secrets::text LIKE '%example.com%'"), "0");
}

TEST_F(NotificationsApiTest, EveryRefusalNamesItsFieldAndWritesNothing) {
    struct Row {
        Json config;
        const char* begins;
    };
    const Json slack = webhook();
    for (const Row& row :
         {Row{nullptr, "config: the field is required."},
          Row{Json::object(), "config: expected one of"},
          Row{"x", "config: expected an object"},
          Row{{{"slack", "x"}}, "config.slack: expected an object"},
          Row{{{"slack", slack}, {"email", {{"addresses", {"a@b.c"}}}}}, "config.slack: only one kind"},
          Row{{{"databricks_app_slack", {{"a", 1}}}}, "config.databricks_app_slack: "},
          Row{{{"slack", Json::object()}}, "config.slack.url: the field is required."},
          Row{{{"slack", {{"url", ""}}}}, "config.slack.url: the field is required."},
          Row{{{"slack", webhook({{"oauth_token", "t"}})}}, "config.slack.oauth_token: "},
          Row{{{"slack", {{"channel_id", "c"}}}}, "config.slack.channel_id: "},
          Row{{{"microsoft_teams", webhook({{"tenant_id", "t"}})}}, "config.microsoft_teams.tenant_id: "},
          Row{{{"slack", {{"url", "ftp://example.com"}}}}, "config.slack.url: expected http"},
          Row{{{"slack", {{"url", "example.com"}}}}, "config.slack.url: expected http"},
          Row{{{"slack", {{"url", "https://"}}}}, "config.slack.url: expected http"},
          Row{{{"slack", {{"url", "https://:80/x"}}}}, "config.slack.url: expected http"},
          Row{{{"slack", {{"url", "https://u:p@example.com"}}}}, "config.slack.url: expected http"},
          Row{{{"slack", {{"url", "https://example.com/a b"}}}}, "config.slack.url: expected http"},
          Row{{{"slack", {{"url", "https://example.com/\r\nX: y"}}}}, "config.slack.url: expected http"},
          Row{{{"slack", {{"url", "https://example.com/" + std::string(2048, 'x')}}}}, "config.slack.url: is longer"},
          Row{{{"generic_webhook", webhook({{"password", std::string(1025, 'x')}})}},
              "config.generic_webhook.password: is longer"},
          Row{{{"generic_webhook", webhook({{"username", "a:b"}})}}, "config.generic_webhook.username: "},
          Row{{{"generic_webhook", webhook({{"stoker_secret", "a\nb"}})}}, "config.generic_webhook.stoker_secret: "},
          Row{{{"pagerduty", Json::object()}}, "config.pagerduty.integration_key: the field is required."},
          Row{{{"email", Json::object()}}, "config.email.addresses: the field is required."},
          Row{{{"email", {{"addresses", {"ann"}}}}}, "config.email.addresses[0]: expected an email address"}}) {
        const HttpAnswer answer = post(kAll, {{"display_name", "n"}, {"config", row.config}});
        EXPECT_EQ(answer.status, 400) << row.config;
        EXPECT_EQ(answer.json().value("error_code", ""), "INVALID_PARAMETER_VALUE");
        EXPECT_TRUE(answer.json().value("message", "").starts_with(row.begins)) << answer.body;
    }
    for (const Json& name : {Json(), Json(""), Json(5), Json(std::string(257, 'x'))}) {
        const HttpAnswer answer = post(kAll, {{"display_name", name}, {"config", {{"slack", slack}}}});
        EXPECT_EQ(answer.status, 400) << name;
        EXPECT_TRUE(answer.json().value("message", "").starts_with("display_name: ")) << answer.body;
    }
    EXPECT_EQ(sql.one("SELECT count(*) FROM notification_destinations"), "0");
}

TEST_F(NotificationsApiTest, AnUpdateChangesWhatIsSent) {
    const std::string id = created("generic_webhook", webhook({{"username", "u"}, {"password", "p"}}));
    const std::string other = created("generic_webhook", webhook({{"password", "p"}}));
    HttpAnswer answer = patch(id, {{"display_name", "renamed"}});
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.json()["display_name"], "renamed");
    EXPECT_EQ(secret(id, "url"), "https://example.com/hook");

    const Json config{{"url", "https://example.com/new"}, {"username", ""}, {"stoker_secret", "s"}};
    answer = patch(id, {{"config", {{"generic_webhook", config}}}});
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.json()["display_name"], "renamed");
    EXPECT_EQ(secret(id, "url"), "https://example.com/new");
    EXPECT_EQ(secret(id, "username"), "none");
    EXPECT_EQ(secret(id, "password"), "p");
    EXPECT_EQ(secret(id, "stoker_secret"), "s");

    // What is sealed for one destination, or field, opens for no other.
    sql.run(
        "UPDATE notification_destinations d SET secrets = o.secrets FROM notification_destinations o "
        "WHERE o.destination_id = '" +
        id + "' AND d.destination_id = '" + other + "'");
    EXPECT_EQ(secret(other, "password"), "unreadable");
}

TEST_F(NotificationsApiTest, AnUpdateThatCannotBeIsRefused) {
    const std::string id = created("slack", webhook());
    struct Row {
        Json body;
        const char* begins;
    };
    for (const Row& row :
         {Row{Json::object(), "Send display_name, config or both."}, Row{{{"display_name", ""}}, "display_name: "},
          Row{{{"config", {{"slack", {{"url", ""}}}}}}, "config.slack.url: the field is required."},
          Row{{{"config", {{"pagerduty", {{"integration_key", "k"}}}}}},
              "config.pagerduty: the destination is of type SLACK, which cannot be changed."}}) {
        const HttpAnswer answer = patch(id, row.body);
        EXPECT_EQ(answer.status, 400) << row.body;
        EXPECT_TRUE(answer.json().value("message", "").starts_with(row.begins)) << answer.body;
    }
    EXPECT_EQ(secret(id, "url"), "https://example.com/hook");
}

TEST_F(NotificationsApiTest, WhatIsNotThereIsNotFound) {
    const std::string gone = created("slack", webhook());
    EXPECT_EQ(ask("DELETE", kAll + "/" + gone).status, 200);
    for (const std::string& id : {gone, std::string("x"), std::string(300, 'y'), std::string("%27%3B--")}) {
        for (const HttpAnswer& answer :
             {get(kAll + "/" + id), ask("DELETE", kAll + "/" + id), patch(id, {{"display_name", "n"}})}) {
            EXPECT_EQ(answer.status, 404) << answer.body;
            EXPECT_EQ(answer.json().value("error_code", ""), "RESOURCE_DOES_NOT_EXIST");
        }
    }
}

TEST_F(NotificationsApiTest, TheListHasPages) {
    for (const char* name : {"a", "b", "c"}) created("slack", webhook(), name);
    sql.run("UPDATE notification_destinations SET created_time = ascii(display_name)");
    std::string names, token;
    for (int page = 0; page < 3; ++page) {
        const Json answer = get(kAll + "?page_size=1&page_token=" + token).json();
        ASSERT_EQ(answer["results"].size(), 1u);
        EXPECT_FALSE(answer["results"][0].contains("config"));
        EXPECT_EQ(answer["results"][0]["destination_type"], "SLACK");
        names += answer["results"][0]["display_name"];
        EXPECT_EQ(answer.contains("next_page_token"), page < 2);
        token = answer.value("next_page_token", "");
    }
    EXPECT_EQ(names, "abc");
    EXPECT_EQ(get(kAll).json()["results"].size(), 3u);
    EXPECT_EQ(get(kAll + "?page_size=1001").status, 400);
    EXPECT_EQ(get(kAll + "?page_token=x").status, 400);
}

TEST_F(NotificationsApiTest, OnlyAdminsSetThemUpAndSeeHow) {
    const std::string id = created("slack", webhook());
    token = token_of("bob@example.com", false);
    EXPECT_EQ(get(kAll).json()["results"].size(), 1u);
    const HttpAnswer seen = get(kAll + "/" + id);
    EXPECT_EQ(seen.status, 200);
    EXPECT_FALSE(seen.json().contains("config"));
    for (const HttpAnswer& answer : {post(kAll, {{"display_name", "n"}, {"config", {{"slack", webhook()}}}}),
                                     patch(id, {{"display_name", "mine"}}), ask("DELETE", kAll + "/" + id)}) {
        EXPECT_EQ(answer.status, 403) << answer.body;
        EXPECT_EQ(answer.json().value("error_code", ""), "PERMISSION_DENIED");
    }
    EXPECT_EQ(sql.one("SELECT display_name FROM notification_destinations"), "n");
}

TEST_F(NotificationsApiTest, AJobMayNameWhatIsThere) {
    const std::string id = created("slack", webhook());
    const auto check = [&](const std::vector<api::DestinationReference>& references) -> std::string {
        try {
            server.run_blocking([&](db::Transaction& tx) { api::check_destinations(tx, references); });
        } catch (const ApiError& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_EQ(check({{"a", id}, {"b", id}}), "");
    EXPECT_EQ(check({{"a", id}, {"webhook_notifications.on_start[0].id", "x"}}),
              "webhook_notifications.on_start[0].id: Notification destination x does not exist.");
}

TEST_F(NotificationsApiTest, WhatWasToldOfARunIsShown) {
    const std::string id = created("slack", webhook(), "on call");
    const RunId run_id = run_now(create_job());
    const auto claimed = claim_one();
    const std::string run = to_string(run_id), task = to_string(claimed.run_id);
    sql.run(
        "INSERT INTO notifications (job_run_id, task_run_id, event, destination_id, address, life_cycle_state, "
        "created_time, state, tries, next_time, last_error, delivered_time) VALUES "
        "(" +
        run + ", NULL, 'on_start', '" + id +
        "', NULL, 'RUNNING', 5, 'DELIVERED', 2, 7, NULL, 9), "
        "(" +
        run + ", " + task +
        ", 'on_failure', NULL, 'a@b.c', 'TERMINATED', 6, 'PENDING', 1, 77, 'busy', 0), "
        "(" +
        run + ", NULL, 'on_failure', 'gone', NULL, 'TERMINATED', 6, 'FAILED', 1, 77, 'deleted', 0)");
    const std::string target = "/api/stoker/v1/runs/" + run + "/notifications";
    Json shown = get(target).json()["notifications"];
    ASSERT_EQ(shown.size(), 3u);
    for (Json& one : shown) EXPECT_EQ(one["delivery_id"].get<std::string>().size(), 36u);
    for (Json& one : shown) one.erase("delivery_id");
    EXPECT_EQ(shown[0], (Json{{"event", "on_start"},
                              {"run_id", run_id.value},
                              {"destination", {{"id", id}, {"display_name", "on call"}, {"destination_type", "SLACK"}}},
                              {"state", "DELIVERED"},
                              {"tries", 2},
                              {"created_time", 5},
                              {"delivered_time", 9}}));
    EXPECT_EQ(shown[1], (Json{{"event", "on_failure"},
                              {"run_id", claimed.run_id.value},
                              {"task_key", "only"},
                              {"email", "a@b.c"},
                              {"state", "PENDING"},
                              {"tries", 1},
                              {"created_time", 6},
                              {"delivered_time", 0},
                              {"next_try_time", 77},
                              {"last_error", "busy"}}));
    EXPECT_EQ(shown[2]["destination"], (Json{{"id", "gone"}}));

    const Json first = get(target + "?page_size=2").json();
    EXPECT_EQ(first["notifications"].size(), 2u);
    const Json second = get(target + "?page_size=2&page_token=" + first["next_page_token"].get<std::string>()).json();
    EXPECT_EQ(second["notifications"].size(), 1u);
    EXPECT_FALSE(second.contains("next_page_token"));
    EXPECT_EQ(get("/api/stoker/v1/runs/" + task + "/notifications").json()["notifications"].size(), 1u);

    EXPECT_EQ(get("/api/stoker/v1/runs/x/notifications").status, 400);
    EXPECT_EQ(get("/api/stoker/v1/runs/999999/notifications").status, 400);
    token = token_of("bob@example.com", false);
    EXPECT_EQ(get(target).status, 403);
}

}  // namespace
}  // namespace stoker::test
