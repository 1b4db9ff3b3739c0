#include <exception>
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

#include "bench/load/hello_server.h"
#include "bench/load/http_load.h"
#include "bench/load/round_trip.h"
#include "core/clock.h"

namespace {
constexpr const char* kUsage =
    "usage: stoker_bench http        load spec (JSON) on standard input, what was seen on standard output\n"
    "       stoker_bench round-trip  the same, for the SQL floor of a queue\n"
    "       stoker_bench hello       the HTTP floor: prints its port, serves until SIGTERM\n"
    "bench/run calls it; bench/README.md tells what a spec holds.\n";

int run(const std::string& command) {
    if (command == "hello") {
        stoker::bench::serve_hello([](std::uint16_t port) { std::cout << port << std::endl; });
        return 0;
    }
    if (command != "http" && command != "round-trip") {
        std::cerr << kUsage;
        return 2;
    }
    const auto spec = nlohmann::json::parse(std::cin);
    const auto& clock = stoker::system_clock();
    const auto seen = command == "http" ? stoker::bench::run_http_load(stoker::bench::read_load_spec(spec), clock)
                                        : stoker::bench::run_round_trips(spec, clock);
    std::cout << seen.dump() << std::endl;
    return 0;
}
}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc > 1 ? argv[1] : "");
    } catch (const std::exception& failure) {
        std::cerr << "stoker_bench: " << failure.what() << std::endl;
        return 1;
    }
}
