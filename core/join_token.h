#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace stoker {

/// What an operator carries to a machine that is to become a node: the right to, and by what it knows the database.
struct JoinToken {
    std::string secret;       // hex
    std::string fingerprint;  // of the authority's certificate; "" = none: the machine's own authorities vouch for it
};
JoinToken new_join_token(std::string_view authority);
std::string to_string(const JoinToken& token);
std::optional<JoinToken> parse_join_token(std::string_view text);
std::string fingerprint_of(std::string_view authority);

}  // namespace stoker
