#include <array>

#include "api/identity/endpoints.h"
#include "api/schema/server.h"

namespace stoker::api {
namespace identity {

boost::asio::awaitable<Response> me(Services&, Request& request) {
    const Principal& principal = request.principal;
    authorize(principal, request.endpoint->action, OwnWorkspace{});
    nlohmann::json groups = nlohmann::json::array();
    groups.push_back({{"display", "users"}, {"value", "2"}, {"type", "direct"}});
    if (principal.is_admin) groups.push_back({{"display", "admins"}, {"value", "1"}, {"type", "direct"}});
    const std::string& shown = principal.display_name.empty() ? principal.user_name : principal.display_name;
    co_return json_response({{"schemas", {"urn:ietf:params:scim:schemas:core:2.0:User"}},
                             {"id", std::to_string(principal.user_id)},
                             {"userName", principal.user_name},
                             {"displayName", shown},
                             {"active", true},
                             {"emails", {{{"value", principal.user_name}, {"type", "work"}, {"primary", true}}}},
                             {"groups", std::move(groups)}});
}

}  // namespace identity

namespace {
constexpr std::array kEndpoints{
    Endpoint{"GET", "preview/scim/v2/Me", Versions::k20, Action::kRead, identity::me}.with(
        {"Who the caller is.", nullptr, &schema::kUser}),
};
}  // namespace

std::span<const Endpoint> identity_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
