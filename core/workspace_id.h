#pragma once
#include <string>
#include <string_view>

namespace stoker {

/// The numeric workspace id of an installation, from the signing key that all its servers share: digits, below 2^53.
std::string workspace_id_of(std::string_view signing_key);

}  // namespace stoker
