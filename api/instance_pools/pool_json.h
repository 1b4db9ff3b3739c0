#pragma once
#include <string>

#include <nlohmann/json.hpp>

#include "api/http/authorize.h"
#include "core/error.h"
#include "db/instance_pool_store.h"

namespace stoker::db {
class Transaction;
}

namespace stoker::clusters {
struct ClusterDefinition;
}

namespace stoker::api {

nlohmann::json instance_pool_json(const db::ShownInstancePool& shown);
ApiError instance_pool_does_not_exist(const std::string& instance_pool_id);
/// For `authorize`.
WorkspaceSetting instance_pool_setting();
/// The pools that a definition names exist, and it has no other node type than theirs. Throws ApiError.
void check_instance_pools(db::Transaction& tx, const clusters::ClusterDefinition& definition);

}  // namespace stoker::api
