#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace stoker {

/// What an operator carries to a machine that is to become a node: the right to, and by what it knows the database.
struct JoinToken {
    std::string secret;       // hex
    std::string fingerprint;  // of both authorities' certificates; "" = none: the machine's own authorities vouch
};
JoinToken new_join_token(std::string_view database_authority, std::string_view api_authority);
std::string to_string(const JoinToken& token);
std::optional<JoinToken> parse_join_token(std::string_view text);
/// Either may be "".
std::string fingerprint_of(std::string_view database_authority, std::string_view api_authority);

}  // namespace stoker
