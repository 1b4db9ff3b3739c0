#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr;

namespace stoker::scheduler {

/// A range of addresses. IPv4 stands in IPv6 as ::ffff:a.b.c.d, so that one comparison does for both.
struct AddressRange {
    std::array<std::uint8_t, 16> address{};
    int prefix = 128;  // bits

    /// "10.0.0.0/8", "::1". Throws std::invalid_argument in words for the operator.
    static AddressRange parse(std::string_view text);
    bool contains(const std::array<std::uint8_t, 16>& other) const;
};

/// Which addresses Stoker connects to for its users: the public ones, and what the operator allows on top. Whoever may
/// make a webhook shall not reach what only this machine reaches.
class OutboundAddresses {
  public:
    explicit OutboundAddresses(std::vector<AddressRange> allowed = {}) : allowed_(std::move(allowed)) {}

    /// Of a socket's peer, as the resolver gave it: an IPv6 address that carries an IPv4 one counts as that, too.
    bool allows(const sockaddr& peer) const;

  private:
    std::vector<AddressRange> allowed_;
};

/// "10.0.0.1", for messages.
std::string text_of(const sockaddr& peer);

}  // namespace stoker::scheduler
