#include "bench/load/http_load.h"

#include <future>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <signal.h>

#include "bench/load/hello_server.h"
#include "core/clock.h"

namespace stoker::bench {
namespace {
using Json = nlohmann::json;

/// The HTTP floor, on a thread of this process; it ends by the signal that it waits for.
class HttpLoad : public ::testing::Test {
  protected:
    HttpLoad() : server_([this] { serve_hello([this](std::uint16_t port) { listening_.set_value(port); }); }) {
        port_ = listening_.get_future().get();
    }
    ~HttpLoad() override {
        kill(getpid(), SIGTERM);
        server_.join();
    }

    Json load(const Json& more) {
        Json spec{{"host", "127.0.0.1"}, {"port", port_}, {"rotation", {{{"method", "GET"}, {"path", "/"}}}}};
        spec.update(more);
        return run_http_load(read_load_spec(spec), system_clock());
    }

  private:
    std::promise<std::uint16_t> listening_;
    std::uint16_t port_ = 0;
    std::thread server_;
};

TEST_F(HttpLoad, AsksAsOftenAsItIsTold) {
    const Json seen = load({{"connections", 4}, {"requests", 1000}, {"expect", "world"}});
    EXPECT_EQ(seen.at("answered"), 1000);
    EXPECT_EQ(seen.at("unexpected"), 0);
    EXPECT_EQ(seen.at("reconnects"), 0);
    EXPECT_LE(seen.at("latency_ms").at("p50"), seen.at("latency_ms").at("p99"));
}

TEST_F(HttpLoad, AtARateAsksNoMoreThanIsDue) {
    const Json seen = load({{"connections", 4}, {"requests", 50}, {"rate", 500}});
    EXPECT_EQ(seen.at("answered"), 50);
    EXPECT_GE(seen.at("seconds"), 49 / 500.0);
}

TEST_F(HttpLoad, CountsWhatIsNotAsExpected) {
    const Json seen = load({{"requests", 3}, {"expect", "moon"}});
    EXPECT_EQ(seen.at("answered"), 0);
    EXPECT_EQ(seen.at("unexpected"), 3);
    EXPECT_EQ(seen.at("first_unexpected"), R"(200 {"hello":"world"})");
}

}  // namespace
}  // namespace stoker::bench
