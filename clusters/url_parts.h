#pragma once
#include <string>

namespace stoker::clusters {

struct UrlParts {
    bool is_secure = false;  // https
    std::string host;        // "" when the URL has none or is none; IPv6 without brackets
    std::string port;
    std::string path;  // without a slash at its end

    bool is_ip_address() const;
    /// As in a Host header.
    std::string authority() const;
};
UrlParts parse_url(const std::string& url);
/// As hosts stand in URLs: IPv6 in brackets.
std::string bracketed(const std::string& host);

}  // namespace stoker::clusters
