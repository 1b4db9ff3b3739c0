#pragma once
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/schema/schema.h"

namespace stoker::test {

/// A request with one thing wrong, and how the refusal begins: with the path of the field.
struct BadRequest {
    nlohmann::json body;
    std::string message;
};

/// Everything that a schema lets one do wrong: each required field left out, each field of another type, each value
/// that is not among those allowed, each bound passed, each refused field sent. `good` is a request that is fine; what
/// stands around a field deep inside is made up of what is required.
std::vector<BadRequest> bad_requests(const api::Schema& schema, const nlohmann::json& good);

}  // namespace stoker::test
