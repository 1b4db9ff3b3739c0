#pragma once
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>

#include "api/services.h"
#include "clusters/policy.h"

namespace stoker::db {
class Transaction;
}

namespace stoker::api {

/// What the definitions of clusters in `body`, wherever they stand in it, are held against.
boost::asio::awaitable<clusters::DefinitionRules> definition_rules(Services& services, const nlohmann::json& body);
/// The same within a transaction.
clusters::DefinitionRules definition_rules(db::Transaction& tx, const clusters::Catalog& catalog,
                                           const nlohmann::json& body);

/// Throws ApiError when the user has as many clusters of the definition's policy as that allows, `cluster_id` aside.
/// Until the transaction is over no other cluster of the policy is let pass.
void check_max_clusters(db::Transaction& tx, const nlohmann::json& definition, const std::string& creator_user_name,
                        const ClusterId& cluster_id);

}  // namespace stoker::api
