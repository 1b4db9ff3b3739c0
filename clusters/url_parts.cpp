#include "clusters/url_parts.h"

#include <memory>

#include <boost/asio/ip/address.hpp>
#include <curl/curl.h>

namespace stoker::clusters {

std::string bracketed(const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

UrlParts parse_url(const std::string& url) {
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
    if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return {};
    const auto part = [&](CURLUPart which) -> std::string {
        char* found = nullptr;
        if (curl_url_get(parsed.get(), which, &found, CURLU_DEFAULT_PORT) != CURLUE_OK) return "";
        const std::unique_ptr<char, decltype(&curl_free)> owned(found, &curl_free);
        return found;
    };
    UrlParts parts{part(CURLUPART_SCHEME) == "https", part(CURLUPART_HOST), part(CURLUPART_PORT), part(CURLUPART_PATH)};
    if (parts.host.starts_with('[')) parts.host = parts.host.substr(1, parts.host.size() - 2);
    while (parts.path.ends_with('/')) parts.path.pop_back();
    return parts;
}

bool UrlParts::is_ip_address() const {
    boost::system::error_code no_address;
    boost::asio::ip::make_address(host, no_address);
    return !no_address;
}

std::string UrlParts::authority() const {
    return bracketed(host) + ":" + port;
}

}  // namespace stoker::clusters
