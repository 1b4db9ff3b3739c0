#include <deque>
#include <sstream>

#include "db/listener.h"
#include "db/live_output_store.h"
#include "tests/api/api_pgtest.h"

namespace stoker::test {
namespace {
using Json = nlohmann::json;

struct Event {
    std::string name;
    std::string id;
    Json data;
};

/// The events of a body of whole events; comments are left out.
std::vector<Event> events_of(const std::string& body) {
    std::vector<Event> events;
    std::istringstream lines(body);
    Event event;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("event: ")) event.name = line.substr(7);
        if (line.starts_with("id: ")) event.id = line.substr(4);
        if (line.starts_with("data: ")) event.data = Json::parse(line.substr(6));
        if (line.empty() && !event.name.empty()) events.push_back(std::exchange(event, Event{}));
    }
    return events;
}

class RunsEventsTest : public ApiTest {
  protected:
    static std::string target(RunId run_id, const std::string& id = "") {
        return "/api/stoker/v1/runs/" + to_string(run_id) + "/events?last_event_id=" + id;
    }
    /// The whole feed of a run that is over.
    std::vector<Event> feed(RunId run_id, const std::string& id = "") {
        const HttpAnswer answer = get(target(run_id, id));
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.headers.at("content-type"), "text/event-stream");
        return events_of(answer.body);
    }
    static std::string names_of(const std::vector<Event>& events) {
        std::string names;
        for (const Event& event : events) names += (names.empty() ? "" : " ") + event.name;
        return names;
    }
    static std::string text_of(const std::vector<Event>& events) {
        std::string text;
        for (const Event& event : events)
            if (event.name == "output" || event.name == "log") text += event.data.value("text", "");
        return text;
    }
    static Json stream(const std::string& text) {
        return {{"output_type", "stream"}, {"name", "stdout"}, {"text", text}};
    }
    void finish_with(const db::ClaimedTaskRun& claimed, const std::vector<Json>& outputs) {
        auto outcome = success(claimed);
        outcome.result = "done";
        outcome.notebook = Json{{"cells", {{{"cell_type", "code"}, {"source", ""}, {"outputs", outputs}}}}}.dump();
        std::vector<std::string> ids;
        for (RunId run_id : finish(outcome).ended_runs) ids.push_back(to_string(run_id));
        db::notify(server, db::kRunsChannel, ids);
    }
    void print(const db::ClaimedTaskRun& claimed, const std::string& text, std::int64_t start, std::int64_t seq,
               int output = 0) {
        tell(claimed, {claimed.run_id, seq, 0, output, start, "stdout", text});
    }
    void print_output(const db::ClaimedTaskRun& claimed, const std::string& content, std::int64_t seq) {
        tell(claimed, {claimed.run_id, seq, 0, 0, 0, "output", content});
    }
    void tell(const db::ClaimedTaskRun& claimed, const db::LiveOutput& live) {
        const auto runs = worker.run_blocking([&](db::Transaction& tx) {
            return db::add_live_outputs(tx, {{claimed.lease_token, live}});
        });
        std::vector<std::string> ids;
        for (RunId run_id : runs) ids.push_back(to_string(run_id));
        db::notify(server, db::kOutputsChannel, ids);
    }
};

/// One that is followed while the run goes on.
class OpenFeed {
  public:
    OpenFeed(std::uint16_t port, const std::string& target, const std::string& headers) : connection_(port) {
        connection_.send("GET " + target + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n");
        EXPECT_EQ(connection_.read_answer(true).status, 200);
    }
    /// Reads on to the next event of that name.
    Event next(const std::string& name) {
        while (true) {
            while (events_.empty()) {
                // The server writes whole events.
                for (auto& event : events_of(connection_.read_chunk())) events_.push_back(std::move(event));
            }
            Event event = std::move(events_.front());
            events_.pop_front();
            if (event.name == name) return event;
        }
    }

  private:
    HttpConnection connection_;
    std::deque<Event> events_;
};

TEST_F(RunsEventsTest, ARunThatIsOverIsToldFromItsStoredNotebook) {
    const RunId run_id = run_now(create_job());
    const auto claimed = claim_one();
    finish_with(claimed, {stream("one\ntwo\n"), {{"output_type", "display_data"}, {"data", {{"text/plain", "x"}}}}});
    const auto events = feed(run_id);
    EXPECT_EQ(names_of(events), "output output result state state end");
    EXPECT_EQ(events[0].data, (Json{{"run_id", claimed.run_id.value},
                                    {"task_key", "only"},
                                    {"cell", 0},
                                    {"output", 0},
                                    {"output_type", "stream"},
                                    {"name", "stdout"},
                                    {"text", "one\ntwo\n"}}));
    EXPECT_EQ(events[2].data["notebook_output"]["result"], "done");
    EXPECT_EQ(events[3].data["state"]["result_state"], "SUCCESS");
    EXPECT_EQ(events[5].data["run_id"], run_id.value);
}

TEST_F(RunsEventsTest, AClientGoesOnBehindTheLastEventItSaw) {
    const RunId run_id = run_now(create_job());
    finish_with(claim_one(), {stream("one"), stream("two"), stream("three")});
    const auto events = feed(run_id);
    EXPECT_EQ(text_of(feed(run_id, events[0].id)), "twothree");
    EXPECT_EQ(text_of(feed(run_id, events[1].id)), "three");
    EXPECT_EQ(names_of(feed(run_id, events[2].id)), "result state state end");
    EXPECT_EQ(get(target(run_id, events.back().id)).status, 204);
    EXPECT_EQ(get(target(run_id), "Last-Event-ID: " + events.back().id + "\r\n").status, 204);
    EXPECT_EQ(get(target(run_id, "nonsense")).json()["message"], "last_event_id: not a position in a run's events.");
}

TEST_F(RunsEventsTest, WhatARunPrintsIsToldWhileItRuns) {
    const RunId run_id = run_now(create_job());
    OpenFeed feed(api.port(), target(run_id), bearer(token));
    EXPECT_EQ(feed.next("state").data["state"]["life_cycle_state"], "PENDING");
    const auto claimed = claim_one();
    begin(claimed);
    print(claimed, "one\n", 0, 0);
    EXPECT_EQ(feed.next("output").data["text"], "one\n");
    print(claimed, "two\n", 4, 1);
    const Event second = feed.next("output");
    EXPECT_EQ(second.data["text"], "two\n");
    finish_with(claimed, {stream("one\ntwo\nthree\n"), stream("four\n")});
    EXPECT_EQ(feed.next("output").data["text"], "three\n");
    EXPECT_EQ(feed.next("output").data["text"], "four\n");
    EXPECT_EQ(feed.next("result").data["notebook_output"]["result"], "done");
    EXPECT_EQ(feed.next("end").data["state"]["result_state"], "SUCCESS");
    EXPECT_EQ(text_of(this->feed(run_id, second.id)), "three\nfour\n");
}

TEST_F(RunsEventsTest, AClientThatComesBackIsToldNothingTwice) {
    const RunId run_id = run_now(create_job());
    const auto claimed = claim_one();
    begin(claimed);
    print(claimed, "one\n", 0, 0);
    std::string id;
    {
        OpenFeed feed(api.port(), target(run_id), bearer(token));
        id = feed.next("output").id;
    }
    print(claimed, "two\n", 4, 1);
    OpenFeed feed(api.port(), target(run_id, id), bearer(token));
    EXPECT_EQ(feed.next("output").data["text"], "two\n");
}

TEST_F(RunsEventsTest, WhereAPieceIsMissingTheStoredOutputTellsTheRest) {
    const RunId run_id = run_now(create_job());
    const auto claimed = claim_one();
    begin(claimed);
    print(claimed, "one\n", 0, 0);
    print(claimed, "three\n", 8, 2);
    OpenFeed feed(api.port(), target(run_id), bearer(token));
    EXPECT_EQ(feed.next("output").data["text"], "one\n");
    finish_with(claimed, {stream("one\ntwo\nthree\n")});
    EXPECT_EQ(feed.next("output").data["text"], "two\nthree\n");
}

TEST_F(RunsEventsTest, TasksAreToldSideBySideAndOneAlone) {
    Json settings = notebook_job();
    settings["tasks"].push_back(settings["tasks"][0]);
    settings["tasks"][1]["task_key"] = "second";
    const RunId run_id = run_now(create_job(settings));
    const auto claimed = claim();
    ASSERT_EQ(claimed.size(), 2u);
    finish_with(claimed[0], {stream("first")});
    OpenFeed open(api.port(), target(run_id), bearer(token));
    const Event result = open.next("result");
    EXPECT_EQ(result.data["task_key"], claimed[0].task_key);
    finish_with(claimed[1], {stream("second")});
    EXPECT_EQ(open.next("result").data["task_key"], claimed[1].task_key);
    open.next("end");
    EXPECT_EQ(text_of(feed(run_id, result.id)), "second");
    EXPECT_EQ(text_of(feed(claimed[1].run_id)), "second");
    EXPECT_EQ(feed(claimed[1].run_id).back().name, "end");
}

TEST_F(RunsEventsTest, OutputsThatAreTooDeepAreToldAsATextThatSaysSo) {
    // As a program may write them past the kernel's own code.
    const std::string deep = std::string(300'000, '[') + std::string(300'000, ']');
    const RunId run_id = run_now(create_job());
    const auto claimed = claim_one();
    begin(claimed);
    OpenFeed open(api.port(), target(run_id), bearer(token));
    open.next("state");
    print_output(claimed, R"({"output_type":"display_data","data":{"application/json":)" + deep + "}}", 0);
    const Json live = open.next("output").data;
    EXPECT_EQ(live["output_type"], "display_data");
    EXPECT_EQ(live["output"], 0);
    EXPECT_NE(live["data"]["text/plain"].get<std::string>().find("more than 100 levels"), std::string::npos) << live;
    auto outcome = success(claimed);
    outcome.notebook = R"({"cells":[{"outputs":[{"data":)" + deep + "}," + stream("shown").dump() +
                       R"(,7,{"output_type":"stream","text":[{}]}]},)" + deep + R"(,{"outputs":)" + deep + "}]}";
    finish(outcome);
    const auto events = feed(run_id);
    EXPECT_EQ(text_of(events), "shown");
    ASSERT_GE(events.size(), 2u);
    EXPECT_EQ(events[0].data["data"], live["data"]);
    EXPECT_EQ(events[1].data["output"], 1);
    EXPECT_EQ(events.back().name, "end");
    const HttpAnswer exported = get("/api/2.1/jobs/runs/export?run_id=" + to_string(run_id));
    EXPECT_EQ(exported.status, 200);
    EXPECT_NE(exported.body.find("shown"), std::string::npos);
}

TEST_F(RunsEventsTest, OnlyThoseWhoMaySeeTheRunMayWatch) {
    const RunId run_id = run_now(create_job());
    EXPECT_EQ(get(target(run_id), bearer(token_of("bob@example.com", false))).status, 403);
    EXPECT_EQ(get(target(RunId{7})).json()["message"], "Run 7 does not exist.");
    EXPECT_EQ(get("/api/stoker/v1/runs/x/events").status, 400);
}

TEST_F(RunsEventsTest, AnotherWorkersOutputsAreDropped) {
    run_now(create_job());
    auto claimed = claim_one();
    claimed.lease_token = "00000000-0000-0000-0000-000000000000";
    print(claimed, "forged", 0, 0);
    EXPECT_EQ(sql.number("SELECT count(*) FROM live_outputs"), 0);
}

TEST_F(RunsEventsTest, AServerThatStopsEndsItsFeeds) {
    const RunId run_id = run_now(create_job());
    HttpConnection connection(api.port());
    connection.send("GET " + target(run_id) + " HTTP/1.1\r\nHost: h\r\n" + bearer(token) + "\r\n");
    EXPECT_EQ(connection.read_answer(true).status, 200);
    connection.read_chunk();
    api.stop();
    EXPECT_EQ(connection.read_rest().find("event: end"), std::string::npos);
}
}  // namespace
}  // namespace stoker::test
