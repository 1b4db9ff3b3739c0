#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.h"

namespace stoker::api {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7): whole seconds.
std::string http_date(EpochMillis time);
/// nullopt: not a date in that form.
std::optional<EpochMillis> parse_http_date(std::string_view text);

}  // namespace stoker::api
