#include "api/http/middleware/authentication.h"

#include <algorithm>
#include <cstdlib>

#include "api/http/router.h"
#include "core/error.h"
#include "core/hash.h"

namespace stoker::api {
namespace {
struct Credentials {
    std::string token;
    bool basic = false;
};

bool is_browser_route(const Request& request) {
    return request.endpoint && request.endpoint->access == Access::kBrowser;
}

/// A browser that knows a Basic password adds it to every site's requests to us; those of other sites are refused.
bool is_from_another_site(const Request& request) {
    if (std::string_view site = request.headers.get("Sec-Fetch-Site"); !site.empty())
        return site == "cross-site" || site == "same-site";
    std::string_view origin = request.headers.get("Origin");
    if (origin.empty()) return false;
    const std::size_t scheme = origin.find("://");
    return scheme == std::string_view::npos ||
           !equal_ignoring_case(origin.substr(scheme + 3), request.headers.get("Host"));
}

ApiError invalid_token(const Request& request) {
    return {is_browser_route(request) ? ErrorCode::kUnauthenticated : ErrorCode::kPermissionDenied,
            "Invalid access token."};
}

Credentials credentials_of(const Request& request) {
    std::string_view header = trimmed(request.headers.get("Authorization"));
    const std::size_t blank = header.find(' ');
    std::string_view scheme = header.substr(0, blank);
    std::string_view value = blank == std::string_view::npos ? "" : trimmed(header.substr(blank + 1));
    if (equal_ignoring_case(scheme, "Bearer") && !value.empty()) return {std::string(value), false};
    if (equal_ignoring_case(scheme, "Basic") && !value.empty()) {
        auto decoded = base64_decode(value);
        const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
        if (colon == std::string::npos || decoded->substr(0, colon) != "token") throw invalid_token(request);
        return {decoded->substr(colon + 1), true};
    }
    throw ApiError(ErrorCode::kUnauthenticated, "Credential was not sent or was of an unsupported type for this API.");
}

/// MLflow's searches are POSTs, and load_model makes one for a `runs:/` address.
bool reads_models(const Request& request) {
    if (!request.endpoint || !request.endpoint->serves_models) return false;
    return request.method == "GET" || (request.method == "POST" && request.path.ends_with("/logged-models/search"));
}

Principal principal_of(const db::UserRow& user, std::optional<RunId> run_id) {
    return {user.user_name, user.user_id, user.display_name, user.is_admin, run_id, std::nullopt};
}
}  // namespace

std::string principal_name(const NodeId& node_id) {
    return "node:" + node_id;
}

std::string_view challenge(const Request& request) {
    return is_browser_route(request)
               ? R"(Basic realm="Stoker: user is token, password is an access token", charset="UTF-8")"
               : R"(Bearer realm="stoker")";
}

Authentication::Authentication(Settings settings, TokenSource& source, const Clock& clock)
    : settings_(std::move(settings)), source_(source), clock_(clock) {}

boost::asio::awaitable<void> Authentication::authenticate(Request& request) {
    const Credentials credentials = credentials_of(request);
    if (credentials.basic && request.method != "GET" && request.method != "HEAD" && is_from_another_site(request))
        throw ApiError(ErrorCode::kPermissionDenied, "Requests that another site makes are refused.");

    if (auto claims = verify_run_token(settings_.signing_key, credentials.token))
        request.principal = co_await run_principal(request, *claims);
    else if (auto node = verify_node_token(settings_.signing_key, credentials.token))
        request.principal = co_await node_principal(request, *node);
    else
        request.principal = co_await user_principal(request, credentials.token);
}

boost::asio::awaitable<Principal> Authentication::user_principal(const Request& request, std::string token) {
    const std::string key = sha256(token);
    if (auto found = users_.find(key); found != users_.end() && clock_.monotonic() < found->second.until)
        co_return found->second.principal;
    const std::uint64_t began = forgettings_;
    const auto user = co_await source_.user_of_token(std::move(token));
    if (!user || !user->active) throw invalid_token(request);
    Entry entry{principal_of(*user, std::nullopt), clock_.monotonic() + settings_.ttl};
    if (users_.size() >= settings_.max_entries) users_.clear();
    if (began == forgettings_) users_.insert_or_assign(key, entry);
    co_return entry.principal;
}

boost::asio::awaitable<Principal> Authentication::run_principal(const Request& request, RunTokenClaims claims) {
    auto found = runs_.find(claims.run_id.value);
    if (found == runs_.end() || clock_.monotonic() >= found->second.until) {
        const std::uint64_t began = forgettings_;
        const auto holder = co_await source_.user_of_run(claims);
        if (!holder || !holder->user.active) throw invalid_token(request);
        Entry entry{principal_of(holder->user, claims.run_id), clock_.monotonic() + settings_.ttl,
                    !holder->run_is_alive};
        if (entry.reads_models_only && !reads_models(request)) throw invalid_token(request);
        if (runs_.size() >= settings_.max_entries) runs_.clear();
        if (began == forgettings_) runs_.insert_or_assign(claims.run_id.value, entry);
        co_return entry.principal;
    }
    if (found->second.reads_models_only && !reads_models(request)) throw invalid_token(request);
    co_return found->second.principal;
}

boost::asio::awaitable<Principal> Authentication::node_principal(const Request& request, NodeTokenClaims claims) {
    if (!request.endpoint || !request.endpoint->serves_nodes) throw invalid_token(request);
    const auto found = nodes_.find(claims.role_name);
    if (found != nodes_.end() && clock_.monotonic() < found->second.until) co_return found->second.principal;
    const std::uint64_t began = forgettings_;
    const bool joined = co_await source_.is_joined(claims);
    if (!joined) throw invalid_token(request);
    Entry entry{{.user_name = principal_name(claims.node_id), .node_id = claims.node_id},
                clock_.monotonic() + settings_.ttl};
    if (nodes_.size() >= settings_.max_entries) nodes_.clear();
    if (began == forgettings_) nodes_.insert_or_assign(claims.role_name, entry);
    co_return entry.principal;
}

void Authentication::forget_all() {
    ++forgettings_;
    nodes_.clear();
    users_.clear();
    runs_.clear();
}

void Authentication::forget_users(const std::vector<std::string>& user_names) {
    ++forgettings_;
    auto is_named = [&](const auto& entry) {
        return std::find(user_names.begin(), user_names.end(), entry.second.principal.user_name) != user_names.end();
    };
    std::erase_if(users_, is_named);
    std::erase_if(runs_, is_named);
    std::erase_if(nodes_, is_named);
}

void Authentication::forget_runs(const std::vector<std::string>& run_ids) {
    for (const auto& run_id : run_ids) runs_.erase(std::atoll(run_id.c_str()));
}

}  // namespace stoker::api
