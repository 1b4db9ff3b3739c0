#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "api/http/request.h"
#include "core/clock.h"
#include "core/signed_token.h"
#include "db/principal_store.h"

namespace stoker::api {

struct RunUser {
    db::UserRow user;
    bool run_is_alive = true;
};

/// Where tokens are looked up; the database, or a test's table.
class TokenSource {
  public:
    virtual ~TokenSource() = default;
    /// The active user of a personal access token.
    virtual boost::asio::awaitable<std::optional<db::UserRow>> user_of_token(std::string token) = 0;
    /// The active run_as user of a run that lives or has ended lately.
    virtual boost::asio::awaitable<std::optional<RunUser>> user_of_run(RunTokenClaims claims) = 0;
    /// Whether the node still has the role that it joined with.
    virtual boost::asio::awaitable<bool> is_joined(NodeTokenClaims claims) = 0;
};

/// Who sends a request: a personal access token (looked up by its SHA-256) or a run token (its signature, and whether
/// the run lives; for a while after its end it still reads MLflow, so that a worker can keep the model that the run was
/// the first to load), as Bearer or as the password of the Basic user `token`. A node that joined has a token, too,
/// which endpoints with `serves_nodes` alone take. What was found good is trusted for `ttl` at most, and forgotten at
/// once when NOTIFY says that the user, the node or the run changed. A refusal is never cached and costs the same
/// whatever the token looks like. I/O thread only.
class Authentication {
  public:
    struct Settings {
        std::string signing_key;
        std::chrono::milliseconds ttl{5000};
        std::size_t max_entries = 10'000;
    };
    Authentication(Settings settings, TokenSource& source, const Clock& clock);

    /// Sets request.principal. Throws ApiError: UNAUTHENTICATED without credentials, PERMISSION_DENIED with bad ones.
    boost::asio::awaitable<void> authenticate(Request& request);

    void forget_users(const std::vector<std::string>& user_names);
    void forget_runs(const std::vector<std::string>& run_ids);
    void forget_all();

  private:
    struct Entry {
        Principal principal;
        Clock::Monotonic until;
        bool reads_models_only = false;
    };
    boost::asio::awaitable<Principal> user_principal(const Request& request, std::string token);
    boost::asio::awaitable<Principal> run_principal(const Request& request, RunTokenClaims claims);
    boost::asio::awaitable<Principal> node_principal(const Request& request, NodeTokenClaims claims);

    const Settings settings_;
    TokenSource& source_;
    const Clock& clock_;
    std::map<std::string, Entry, std::less<>> users_;  // by SHA-256 of the token
    std::map<std::string, Entry, std::less<>> nodes_;  // by the role a token names; its signature is checked each time
    std::map<std::int64_t, Entry> runs_;               // by the run a token names; its signature is checked each time
    std::uint64_t forgettings_ = 0;                    // a lookup that began before the last one is not remembered
};

/// A node's name among those of users: nobody else's begins so.
std::string principal_name(const NodeId& node_id);

/// The challenge of a 401: Bearer for programs, Basic where a browser shall ask its user.
std::string_view challenge(const Request& request);

}  // namespace stoker::api
