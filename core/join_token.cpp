#include "core/join_token.h"

#include <algorithm>

#include "core/hash.h"
#include "core/random.h"

namespace stoker {
namespace {
constexpr std::string_view kPrefix = "sjt";
constexpr std::size_t kSecretDigits = 32;
constexpr std::size_t kFingerprintDigits = 40;

bool is_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
}  // namespace

JoinToken new_join_token(std::string_view database_authority, std::string_view api_authority) {
    return {random_hex(kSecretDigits / 2), fingerprint_of(database_authority, api_authority)};
}

std::string to_string(const JoinToken& token) {
    return std::string(kPrefix) + token.secret + token.fingerprint;
}

std::optional<JoinToken> parse_join_token(std::string_view text) {
    if (!text.starts_with(kPrefix)) return std::nullopt;
    text.remove_prefix(kPrefix.size());
    const bool is_whole = text.size() == kSecretDigits || text.size() == kSecretDigits + kFingerprintDigits;
    if (!is_whole || !is_hex(text)) return std::nullopt;
    return JoinToken{std::string(text.substr(0, kSecretDigits)), std::string(text.substr(kSecretDigits))};
}

std::string fingerprint_of(std::string_view database_authority, std::string_view api_authority) {
    if (database_authority.empty() && api_authority.empty()) return "";
    // Of hashes, so that nobody can move a part of one text into the other.
    return sha256_hex(sha256_hex(database_authority) + sha256_hex(api_authority)).substr(0, kFingerprintDigits);
}

}  // namespace stoker
