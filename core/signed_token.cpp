#include "core/signed_token.h"

#include <charconv>

#include "core/hash.h"

namespace stoker {
namespace {
constexpr std::string_view kRun = "stkr.";
constexpr std::string_view kNode = "stkn.";

std::string sign(std::string_view signing_key, std::string_view prefix, const std::string& payload) {
    const std::string signed_part = std::string(prefix) + base64url_encode(payload);
    return signed_part + "." + base64url_encode(hmac_sha256(signing_key, signed_part));
}

std::optional<std::string> verify(std::string_view signing_key, std::string_view prefix, std::string_view token) {
    if (!token.starts_with(prefix)) return std::nullopt;
    auto dot = token.rfind('.');
    if (dot < prefix.size()) return std::nullopt;
    std::string_view signed_part = token.substr(0, dot);
    if (!equal_in_constant_time(base64url_encode(hmac_sha256(signing_key, signed_part)), token.substr(dot + 1)))
        return std::nullopt;
    return base64url_decode(signed_part.substr(prefix.size()));
}
}  // namespace

std::string sign_run_token(std::string_view signing_key, const RunTokenClaims& claims) {
    return sign(signing_key, kRun, to_string(claims.run_id) + ":" + claims.user_name);
}

std::optional<RunTokenClaims> verify_run_token(std::string_view signing_key, std::string_view token) {
    const auto payload = verify(signing_key, kRun, token);
    if (!payload) return std::nullopt;
    auto colon = payload->find(':');
    if (colon == std::string::npos) return std::nullopt;
    RunTokenClaims claims;
    auto [end, error] = std::from_chars(payload->data(), payload->data() + colon, claims.run_id.value);
    if (error != std::errc{} || end != payload->data() + colon) return std::nullopt;
    claims.user_name = payload->substr(colon + 1);
    return claims;
}

std::string sign_node_token(std::string_view signing_key, const NodeTokenClaims& claims) {
    return sign(signing_key, kNode, claims.role_name + ":" + claims.node_id);
}

std::optional<NodeTokenClaims> verify_node_token(std::string_view signing_key, std::string_view token) {
    const auto payload = verify(signing_key, kNode, token);
    const auto colon = payload ? payload->find(':') : std::string::npos;
    if (colon == std::string::npos) return std::nullopt;
    return NodeTokenClaims{payload->substr(colon + 1), payload->substr(0, colon)};
}

}  // namespace stoker
