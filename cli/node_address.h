#pragma once
#include <string>
#include <string_view>

namespace stoker::cli {

/// Where nodes on other machines reach this one's Postgres.
struct NodeAddress {
    std::string address;  // IP address or name
    int port = 5432;

    /// Connection string without a login. A connection whose other end has vanished is given up within seconds.
    std::string database() const;
};
/// ADDRESS, ADDRESS:PORT, [IPv6]:PORT. Throws StartError.
NodeAddress parse_node_address(const std::string& text);

/// All of a machine's addresses: to listen on, and none at which anybody reaches it.
bool is_wildcard(std::string_view address);

}  // namespace stoker::cli
