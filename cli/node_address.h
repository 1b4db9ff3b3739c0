#pragma once
#include <string>

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

}  // namespace stoker::cli
