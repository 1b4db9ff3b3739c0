#pragma once
#include <nlohmann/json.hpp>

namespace stoker::api {

/// The settings with every known number and boolean as such, every value of a map of strings as text, and without
/// nulls: clients may send numbers as strings, but typed clients decode answers strictly. Names and structure stay as
/// sent.
nlohmann::json normalised(const nlohmann::json& sent);

}  // namespace stoker::api
