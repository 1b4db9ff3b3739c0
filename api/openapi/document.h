#pragma once
#include <nlohmann/json.hpp>

#include "api/http/router.h"

namespace stoker::api {

/// OpenAPI 3.1 of everything that is registered: each route in each of its versions.
nlohmann::json openapi_document(const Router& router);

/// What an endpoint belongs to: the first word of its path that says so ("jobs", "clusters", "scim").
std::string family_of(const Endpoint& endpoint);

/// The names of the path's parameters.
std::vector<std::string> path_parameters_of(const Endpoint& endpoint);

/// Whether the request's fields are in the query, and not in a body.
bool takes_query(const Endpoint& endpoint);

}  // namespace stoker::api
