#include "api/spark/ui_response.h"

#include <stdexcept>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace stoker::api {
namespace {
namespace http = boost::beast::http;

constexpr std::uint64_t kMostBytes = 32 * 1024 * 1024;
/// Of the pages' own redirects: they were asked as http://localhost.
constexpr std::string_view kAskedAs = "http://localhost";

std::string policy(const std::string& base, const std::string& host) {
    const std::string own = host + base + "/";
    return "sandbox allow-scripts allow-same-origin allow-forms; default-src 'none'; script-src " + own +
           " 'unsafe-inline' 'unsafe-eval'; style-src " + own + " 'unsafe-inline'; img-src " + own +
           " data:; font-src " + own + " data:; connect-src " + own + "; form-action " + own +
           "; base-uri 'none'; frame-ancestors 'none'";
}

std::string beneath(std::string_view location, const std::string& base) {
    if (location.starts_with(kAskedAs)) location.remove_prefix(kAskedAs.size());
    if (!location.starts_with('/') || location.starts_with("//")) return base + "/";
    return location.starts_with(base + "/") ? std::string(location) : base + std::string(location);
}

}  // namespace

Response ui_response(const std::string& raw, const std::string& base, const std::string& host) {
    http::response_parser<http::string_body> parser;
    parser.body_limit(kMostBytes);
    parser.eager(true);
    boost::system::error_code error;
    parser.put(boost::asio::buffer(raw), error);
    if (!error && !parser.is_done()) parser.put_eof(error);
    if (error || !parser.is_done())
        throw std::runtime_error("The Spark driver answered with something else than a page.");
    auto message = parser.release();
    const auto field = [&](http::field name) {
        const auto value = message[name];
        return std::string(value.data(), value.size());
    };
    Response response;
    response.status = static_cast<int>(message.result_int());
    response.content_type = field(http::field::content_type);
    response.body = std::move(message.body());
    if (message.count(http::field::location))
        response.headers.add("Location", beneath(field(http::field::location), base));
    if (message.count(http::field::cache_control))
        response.headers.add("Cache-Control", field(http::field::cache_control));
    response.headers.add("Content-Security-Policy", policy(base, host));
    return response;
}

}  // namespace stoker::api
