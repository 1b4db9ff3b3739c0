#pragma once
#include <string>
#include <vector>

#include "tests/api/http_client.h"

namespace stoker::test {

/// Where an answer is not what the endpoint's operation says: fields that are missing, of another type, or not
/// documented at all. Empty when there is nothing to say.
std::vector<std::string> undocumented(const std::string& method, const std::string& target, const HttpAnswer& answer);

}  // namespace stoker::test
