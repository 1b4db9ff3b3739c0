#include "bench/load/load_spec.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace stoker::bench {
namespace {
using Json = nlohmann::json;
constexpr std::string_view kUnique = "{unique}";
constexpr std::string_view kValue = "{value}";
constexpr std::size_t kUniqueDigits = 16;

std::size_t length_when_rendered(std::string text) {
    std::size_t length = text.size();
    for (std::size_t at = text.find(kUnique); at != std::string::npos; at = text.find(kUnique, at + 1))
        length += kUniqueDigits - kUnique.size();
    return length;
}
}  // namespace

RequestTemplate::RequestTemplate(const Json& request, const std::string& host, const Json& headers) {
    const auto method = request.at("method").get<std::string>();
    const auto body = request.value("body", "");
    if (body.find(kValue) != std::string::npos) throw std::runtime_error("{value} may stand in a path only");
    add(method + " " + request.at("path").get<std::string>() + " HTTP/1.1\r\nHost: " + host + "\r\n");
    Json all = headers;
    all.update(request.value("headers", Json::object()));
    for (const auto& [name, value] : all.items()) add(name + ": " + value.get<std::string>() + "\r\n");
    if (method != "GET") add("Content-Length: " + std::to_string(length_when_rendered(body)) + "\r\n");
    add("\r\n" + body);
}

void RequestTemplate::add(const std::string& text) {
    std::string_view rest = text;
    while (true) {
        const std::size_t unique = rest.find(kUnique);
        const std::size_t value = rest.find(kValue);
        const std::size_t gap = std::min(unique, value);
        pieces_.push_back({std::string(rest.substr(0, gap)), Gap::kEnd});
        if (gap == std::string_view::npos) return;
        pieces_.back().gap = unique < value ? Gap::kUnique : Gap::kValue;
        rest.remove_prefix(gap + (unique < value ? kUnique.size() : kValue.size()));
    }
}

std::string RequestTemplate::render(std::uint64_t unique, const std::string& value) const {
    std::string text;
    text.reserve(512);
    for (const Piece& piece : pieces_) {
        text += piece.literal;
        if (piece.gap == Gap::kValue) text += value;
        if (piece.gap != Gap::kUnique) continue;
        std::array<char, kUniqueDigits + 1> digits{};
        std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(unique));
        text.append(digits.data(), kUniqueDigits);
    }
    return text;
}

LoadSpec read_load_spec(const Json& spec) {
    LoadSpec load;
    load.host = spec.at("host").get<std::string>();
    load.port = spec.at("port").get<std::uint16_t>();
    load.connections = spec.value("connections", std::size_t{1});
    if (spec.contains("rate")) load.rate = spec.at("rate").get<double>();
    load.warm_up = std::chrono::duration<double>(spec.value("warm_up_seconds", 0.0));
    load.duration = std::chrono::duration<double>(spec.value("seconds", 0.0));
    load.requests = spec.value("requests", std::size_t{0});
    if ((load.requests == 0) == (load.duration.count() == 0))
        throw std::runtime_error("seconds or requests, one of them");
    const Json headers = spec.value("headers", Json::object());
    for (const Json& request : spec.at("rotation")) load.rotation.emplace_back(request, load.host, headers);
    load.values = spec.value("values", std::vector<std::string>{});
    load.expect = spec.value("expect", "");
    if (!spec.contains("polling")) return load;
    const Json& polling = spec.at("polling");
    load.polling = Polling{.id_after = polling.at("id_after").get<std::string>(),
                           .request = RequestTemplate(polling, load.host, headers),
                           .until = polling.at("until").get<std::string>(),
                           .pause = std::chrono::microseconds(polling.at("pause_us").get<std::int64_t>())};
    return load;
}

}  // namespace stoker::bench
