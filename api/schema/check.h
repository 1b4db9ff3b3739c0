#pragma once
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/schema/schema.h"
#include "core/json_reader.h"

namespace stoker::api {

/// Unread fields of everything that was parsed.
using IgnoredNames = std::vector<std::string>;

/// Checks a request's object: what is required is there, what is there has its type, its bounds and one of its values,
/// and nothing is asked for that is refused. Throws ApiError that names the path. null counts as absent everywhere;
/// fields that the schema does not know are added to `ignored`.
void check(const JsonReader& request, const Schema& schema, IgnoredNames& ignored);

/// null, {}, [] and "": as good as not sent.
bool is_blank(const nlohmann::json* value);

}  // namespace stoker::api
