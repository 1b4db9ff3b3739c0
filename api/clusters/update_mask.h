#pragma once
#include <nlohmann/json.hpp>

#include "core/json_reader.h"

namespace stoker::api {

/// clusters/update: `definition` with the fields that `update_mask` names as `cluster` has them; those that it does not
/// have go. `*` takes `cluster` as it is. Throws ApiError for names that are no fields of a cluster.
nlohmann::json masked_definition(nlohmann::json definition, const JsonReader& request);

}  // namespace stoker::api
