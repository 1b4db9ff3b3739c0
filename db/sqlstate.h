#pragma once
#include <string_view>

namespace stoker::db {

/// Whether a statement failed for the state that the server is in, so that the same statement may succeed later: lost a
/// race (40), no disk, memory or connection left (53), something is locked (55), an operator or time limit came between
/// (57), the operating system failed (58), or the server only reads for now (25006).
inline bool may_succeed_later(std::string_view sqlstate) {
    const std::string_view kind = sqlstate.substr(0, 2);
    return kind == "40" || kind == "53" || kind == "55" || kind == "57" || kind == "58" || sqlstate == "25006";
}

}  // namespace stoker::db
