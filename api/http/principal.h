#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "core/ids.h"

namespace stoker::api {

/// Who asks: the user a token belongs to, or the run_as identity of the run whose own token it is.
struct Principal {
    std::string user_name;
    std::int64_t user_id = 0;
    std::string display_name;
    bool is_admin = false;
    std::optional<RunId> run_id;    // set for a run token
    std::optional<NodeId> node_id;  // set for the token of a node that joined
};

}  // namespace stoker::api
