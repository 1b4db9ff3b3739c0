#include "cli/installation.h"

#include <nlohmann/json.hpp>

#include "core/clock.h"
#include "db/connection_string.h"
#include "db/migrator.h"
#include "db/pool.h"
#include "db/principal_store.h"
#include "db/side_database.h"

namespace stoker::cli {
namespace {
constexpr const char* kServerRole = "stoker_server";
constexpr const char* kWorkerRole = "stoker_worker";
constexpr const char* kMlflowRole = "stoker_mlflow";
constexpr const char* kMetastoreRole = "stoker_metastore";

std::string server_password(const DataFolder& data) {
    return data.secret("server_password");
}
std::string worker_password(const DataFolder& data) {
    return data.secret("worker_password");
}
std::string mlflow_password(const DataFolder& data) {
    return data.secret("mlflow_password");
}
std::string metastore_password(const DataFolder& data) {
    return data.secret("metastore_password");
}
}  // namespace

Connections external_connections(const DataFolder& data, const std::string& owner_url) {
    return {
        owner_url, db::with_login(owner_url, {.role = kServerRole, .password = server_password(data)}),
        db::with_login(owner_url, {.role = kWorkerRole, .password = worker_password(data)}),
        db::with_login(owner_url, {.role = kMlflowRole, .password = mlflow_password(data), .database = kMlflowRole}),
        db::with_login(owner_url,
                       {.role = kMetastoreRole, .password = metastore_password(data), .database = kMetastoreRole})};
}

Connections embedded_connections(const DataFolder& data, const db::EmbeddedPostgres& postgres) {
    return external_connections(data, postgres.owner_dsn());
}

void prepare_database(const DataFolder& data, const Connections& connections, SideDatabases wanted) {
    db::migrate(connections.owner, {.server = server_password(data), .worker = worker_password(data)});
    if (wanted.mlflow) db::ensure_side_database(connections.owner, kMlflowRole, kMlflowRole, mlflow_password(data));
    if (wanted.metastore)
        db::ensure_side_database(connections.owner, kMetastoreRole, kMetastoreRole, metastore_password(data));
    data.write_secret("server_dsn", connections.server);
    data.write_secret("worker_dsn", connections.worker);
}

std::string first_token(const DataFolder& data, const Connections& connections, const std::string& user_name) {
    db::Pool pool(connections.server, 1);
    EpochMillis now = system_clock().epoch_millis();
    auto previous = nlohmann::json::parse(read_file_or_empty(data.connection_file()), nullptr, false);
    std::string token = previous.is_object() ? previous.value("token", "") : "";
    return pool.run_blocking([&](db::Transaction& tx) {
        db::ensure_user(tx, user_name, true, now);
        auto owner = token.empty() ? std::nullopt : db::find_user_by_token(tx, token, now);
        if (owner && owner->user_name == user_name) return token;
        return db::create_token(tx, {.user_name = user_name, .comment = "connection.json of stoker up"}, now)
            .token_value;
    });
}

void write_connection_file(const DataFolder& data, const std::string& host, const std::string& token,
                           const std::filesystem::path& ca_bundle) {
    nlohmann::json connection{{"host", host}, {"token", token}};
    if (!ca_bundle.empty()) connection["ca_bundle"] = ca_bundle.string();
    write_file(data.connection_file(), connection.dump() + "\n", std::filesystem::perms(0600));
}

}  // namespace stoker::cli
