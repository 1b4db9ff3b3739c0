#pragma once
#include <optional>
#include <string>
#include <utility>

#include "core/ids.h"
#include "core/json_reader.h"

namespace stoker::api {

/// Opaque to clients. A key is where a list, ordered by time and id, goes on; an offset is a place in an array.
std::string key_token(EpochMillis time, std::int64_t id);
std::string offset_token(std::size_t offset);

/// `page_token` of a request; absent and "" mean the first page. Throws ApiError that names the field when it is not
/// one of ours.
std::optional<std::pair<EpochMillis, std::int64_t>> parse_key_token(const JsonReader& parameters);
std::size_t parse_offset_token(const JsonReader& parameters);

}  // namespace stoker::api
