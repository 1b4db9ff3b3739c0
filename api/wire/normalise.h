#pragma once
#include <nlohmann/json.hpp>

#include "api/schema/schema.h"

namespace stoker::api {

/// What was sent, as it is stored and shown: each number and boolean as such, each value of a map of texts as text,
/// without nulls and without fields that the schema does not know. Clients may send numbers as strings, but typed
/// clients decode answers strictly. For what the schema's check has accepted.
nlohmann::json normalised(const nlohmann::json& sent, const Schema& schema);

}  // namespace stoker::api
