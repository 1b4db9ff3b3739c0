#include "core/signed_token.h"

#include <charconv>

#include "core/hash.h"

namespace stoker {
namespace {
constexpr std::string_view kPrefix = "stkr.";
}

std::string sign_run_token(std::string_view signing_key, const RunTokenClaims& claims) {
    std::string signed_part =
        std::string(kPrefix) + base64url_encode(to_string(claims.run_id) + ":" + claims.user_name);
    return signed_part + "." + base64url_encode(hmac_sha256(signing_key, signed_part));
}

std::optional<RunTokenClaims> verify_run_token(std::string_view signing_key, std::string_view token) {
    if (!token.starts_with(kPrefix)) return std::nullopt;
    auto dot = token.rfind('.');
    if (dot < kPrefix.size()) return std::nullopt;
    std::string_view signed_part = token.substr(0, dot);
    if (!equal_in_constant_time(base64url_encode(hmac_sha256(signing_key, signed_part)), token.substr(dot + 1)))
        return std::nullopt;
    auto payload = base64url_decode(signed_part.substr(kPrefix.size()));
    if (!payload) return std::nullopt;
    auto colon = payload->find(':');
    if (colon == std::string::npos) return std::nullopt;
    RunTokenClaims claims;
    auto [end, error] = std::from_chars(payload->data(), payload->data() + colon, claims.run_id.value);
    if (error != std::errc{} || end != payload->data() + colon) return std::nullopt;
    claims.user_name = payload->substr(colon + 1);
    return claims;
}

}  // namespace stoker
