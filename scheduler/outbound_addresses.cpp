#include "scheduler/outbound_addresses.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace stoker::scheduler {
namespace {
using Address = std::array<std::uint8_t, 16>;

// IANA's special-purpose registries: nothing of these is out on the Internet.
constexpr const char* kNotPublic[] = {
    "0.0.0.0/8",      "10.0.0.0/8",    "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24",   "192.0.2.0/24",  "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",  "198.51.100.0/24",
    "203.0.113.0/24", "224.0.0.0/4",   "240.0.0.0/4",    "::/96",          "64:ff9b:1::/48", "100::/64",
    "2001::/23",      "2001:db8::/32", "3fff::/20",      "5f00::/16",      "fc00::/7",       "fe80::/10",
    "fec0::/10",      "ff00::/8"};

Address mapped(const in_addr& v4) {
    Address address{};
    address[10] = address[11] = 0xff;
    std::memcpy(address.data() + 12, &v4.s_addr, 4);
    return address;
}

std::optional<Address> address_of(const std::string& text, bool& is_v4) {
    in_addr v4{};
    in6_addr v6{};
    is_v4 = inet_pton(AF_INET, text.c_str(), &v4) == 1;
    if (is_v4) return mapped(v4);
    if (inet_pton(AF_INET6, text.c_str(), &v6) != 1) return std::nullopt;
    Address address;
    std::memcpy(address.data(), v6.s6_addr, address.size());
    return address;
}

const std::vector<AddressRange>& not_public() {
    static const std::vector<AddressRange> ranges = [] {
        std::vector<AddressRange> parsed;
        for (const char* text : kNotPublic) parsed.push_back(AddressRange::parse(text));
        return parsed;
    }();
    return ranges;
}

bool is_in(const std::vector<AddressRange>& ranges, const Address& address) {
    return std::ranges::any_of(ranges, [&](const AddressRange& range) { return range.contains(address); });
}

/// The IPv4 address that a gateway makes of an IPv6 one: NAT64 (64:ff9b::/96), 6to4 (2002::/16).
std::optional<Address> carried(const Address& address) {
    static const AddressRange nat64 = AddressRange::parse("64:ff9b::/96");
    static const AddressRange six_to_four = AddressRange::parse("2002::/16");
    const std::size_t at = nat64.contains(address) ? 12 : six_to_four.contains(address) ? 2 : 0;
    if (at == 0) return std::nullopt;
    in_addr v4{};
    std::memcpy(&v4.s_addr, address.data() + at, 4);
    return mapped(v4);
}

std::optional<Address> address_of(const sockaddr& peer) {
    if (peer.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &peer, sizeof v4);
        return mapped(v4.sin_addr);
    }
    if (peer.sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &peer, sizeof v6);
        Address address;
        std::memcpy(address.data(), v6.sin6_addr.s6_addr, address.size());
        return address;
    }
    return std::nullopt;
}
}  // namespace

AddressRange AddressRange::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto refuse = [&] {
        throw std::invalid_argument("'" + std::string(text) +
                                    "' is no range of addresses: expected 10.1.2.0/24, fd00::/8 or an address");
    };
    AddressRange range;
    bool is_v4 = false;
    const auto address = address_of(std::string(text.substr(0, slash)), is_v4);
    if (!address) refuse();
    range.address = *address;
    if (slash == std::string_view::npos) return range;
    const std::string_view digits = text.substr(slash + 1);
    int prefix = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (error != std::errc{} || end != digits.data() + digits.size() || prefix < 0 || prefix > (is_v4 ? 32 : 128))
        refuse();
    range.prefix = is_v4 ? 96 + prefix : prefix;
    return range;
}

bool AddressRange::contains(const Address& other) const {
    for (int bit = 0; bit < prefix; bit += 8) {
        const auto byte = static_cast<std::size_t>(bit / 8);
        const int bits = std::min(8, prefix - bit);
        const auto mask = static_cast<std::uint8_t>(0xff << (8 - bits));
        if ((address[byte] ^ other[byte]) & mask) return false;
    }
    return true;
}

bool OutboundAddresses::allows(const sockaddr& peer) const {
    const auto address = address_of(peer);
    if (!address) return false;
    const Address meant = carried(*address).value_or(*address);
    if (is_in(allowed_, *address) || is_in(allowed_, meant)) return true;
    return !is_in(not_public(), *address) && !is_in(not_public(), meant);
}

std::string text_of(const sockaddr& peer) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (peer.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &peer, sizeof v4);
        inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    } else if (peer.sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &peer, sizeof v6);
        inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    }
    return text.data();
}

}  // namespace stoker::scheduler
