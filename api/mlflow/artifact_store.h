#pragma once
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "api/http/request.h"
#include "api/services.h"
#include "core/error.h"

namespace stoker::api {

/// MLflow's artifact store, asked by its own REST API. Paths are relative to the store: "1/ab12/artifacts/model".
/// What MLflow refuses comes out as ApiError with its words.

struct Artifact {
    std::string name;
    bool is_dir = false;
    std::int64_t size = 0;
};
/// By name. A folder exists as long as something is in it, so for one that does not this is empty.
boost::asio::awaitable<std::vector<Artifact>> list_artifacts(Services& services, Principal by, std::string folder);
boost::asio::awaitable<std::optional<Artifact>> find_artifact(Services& services, Principal by, std::string path);
boost::asio::awaitable<void> delete_artifact(Services& services, Principal by, std::string path);
/// What an answer of MLflow with an error says.
ApiError artifact_refusal(const Response& answer);
/// What MLflow's server calls it.
std::string artifact_target(std::string_view path);

}  // namespace stoker::api
