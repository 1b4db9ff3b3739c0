#pragma once
#include <string_view>

namespace stoker {

/// Whether a mail server may be given it: `local@domain` in plain ASCII, without quotes, comments, spaces or anything
/// else that could end a header or a command.
bool is_email_address(std::string_view text);

}  // namespace stoker
