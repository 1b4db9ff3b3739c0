#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace stoker::bench {

/// The bytes of a request, but for what differs from one to the next.
class RequestTemplate {
  public:
    /// `path` and `body` may hold {unique}, 16 hexadecimal digits that no other request has; `path` may hold {value},
    /// the next of the values.
    RequestTemplate(const nlohmann::json& request, const std::string& host, const nlohmann::json& headers);

    std::string render(std::uint64_t unique, const std::string& value) const;

  private:
    enum class Gap { kUnique, kValue, kEnd };
    struct Piece {
        std::string literal;
        Gap gap;  // what follows it
    };
    void add(const std::string& text);

    std::vector<Piece> pieces_;
};

/// After the first answer, again and again, until an answer says that it is over.
struct Polling {
    std::string id_after;     // the id is the integer that follows this text in the first answer
    RequestTemplate request;  // {value} = the id
    std::string until;        // text of the answer that ends it
    std::chrono::microseconds pause{};
};

/// What one load is: read from JSON, see bench/README.md.
struct LoadSpec {
    std::string host;
    std::uint16_t port = 0;
    std::size_t connections = 1;
    std::optional<double> rate;                // arrivals a second; without it each connection asks again at once
    std::chrono::duration<double> warm_up{};   // not counted
    std::chrono::duration<double> duration{};  // 0 = until `requests` are answered
    std::size_t requests = 0;
    std::vector<RequestTemplate> rotation;  // one after the other
    std::vector<std::string> values;
    std::string expect;  // text that every (last) answer holds
    std::optional<Polling> polling;
};

/// Throws nlohmann::json::exception when a field is missing or of another type.
LoadSpec read_load_spec(const nlohmann::json& spec);

}  // namespace stoker::bench
