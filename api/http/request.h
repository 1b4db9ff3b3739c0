#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "api/http/headers.h"
#include "api/http/principal.h"

namespace stoker::api {

struct Endpoint;
struct Tunnel;

/// The flag that one implementation of a route group carries for its three versions.
enum class ApiVersion { kNone, k20, k21, k22 };

/// Whether the client still listens. Touched on the I/O thread only.
struct ClientPresence {
    bool gone = false;
    std::function<void()> on_gone;  // set by who waits, cleared when it no longer does
};

/// One request on its way through the middlewares to its endpoint. Lives in the session's frame for as long as any
/// coroutine that was given it.
struct Request {
    std::string method;
    std::string target;  // as sent: path and query; set_target sets all three
    std::string path;    // of the target, still percent-encoded
    std::string query;
    Headers headers;
    std::string body;
    std::string request_id;
    std::string peer;
    bool is_secure = false;  // came by TLS

    // Set by the router and the middlewares.
    const Endpoint* endpoint = nullptr;
    ApiVersion version = ApiVersion::kNone;
    std::vector<std::pair<std::string, std::string>> path_parameters;
    Principal principal;
    nlohmann::json parameters = nlohmann::json::object();  // query and JSON body, merged

    /// Fields of the request that nobody read; told in X-Stoker-Ignored-Fields.
    std::vector<std::string> ignored_fields;

    void set_target(std::string_view sent);

    /// Starts to watch the connection, for endpoints that wait; nullptr where there is nothing to watch.
    std::function<std::shared_ptr<ClientPresence>()> watch_client;
    /// For streaming endpoints whose requests have no body, instead of their exchange: answers 101 and carries bytes
    /// both ways until either side ends, or the caller's right to it. Throws ClientGone. nullptr without a client's
    /// connection.
    std::function<boost::asio::awaitable<void>(std::unique_ptr<Tunnel>)> carry;
};

struct Response {
    int status = 200;
    std::string content_type = "application/json";
    std::string body = "{}";
    Headers headers;
};

/// Every JSON answer is an object. Text that is not UTF-8 is shown with replacement characters.
Response json_response(const nlohmann::json& object, int status = 200);

/// Base of links in answers: the setting, or the Host the client asked.
std::string external_url(const Request& request, const std::string& setting);

}  // namespace stoker::api
