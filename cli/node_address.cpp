#include "cli/node_address.h"

#include <charconv>

#include <boost/asio/ip/address.hpp>

#include "cli/start_error.h"

namespace stoker::cli {
namespace {
[[noreturn]] void refuse(const std::string& text) {
    throw StartError(
        "--nodes " + text +
        ": expected the ADDRESS or ADDRESS:PORT at which other machines reach this one, such as 10.0.0.5.");
}

int port_of(const std::string& digits, const std::string& text) {
    int port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || port < 1 || port > 65535) refuse(text);
    return port;
}
}  // namespace

NodeAddress parse_node_address(const std::string& text) {
    NodeAddress parsed{text};
    const std::size_t colon = text.rfind(':');
    const bool is_bracketed = text.starts_with('[');
    const bool has_port =
        colon != std::string::npos && (is_bracketed ? text[colon - 1] == ']' : text.find(':') == colon);
    if (has_port) {
        parsed.address = text.substr(0, colon);
        parsed.port = port_of(text.substr(colon + 1), text);
    }
    if (is_bracketed && parsed.address.ends_with(']'))
        parsed.address = parsed.address.substr(1, parsed.address.size() - 2);
    if (parsed.address.empty() || is_wildcard(parsed.address) ||
        parsed.address.find_first_of(" ,'\\/[]") != std::string::npos)
        refuse(text);
    return parsed;
}

bool is_wildcard(std::string_view address) {
    if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
    boost::system::error_code error;
    const auto parsed = boost::asio::ip::make_address(std::string(address), error);
    return address == "*" || (!error && parsed.is_unspecified());
}

std::string NodeAddress::database() const {
    return "host=" + address + " port=" + std::to_string(port) +
           " dbname=stoker sslmode=verify-full connect_timeout=5 tcp_user_timeout=10000 keepalives_idle=5 "
           "keepalives_interval=3 keepalives_count=3";
}

}  // namespace stoker::cli
