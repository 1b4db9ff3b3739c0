#include <iostream>

#include <CLI/CLI.hpp>

#include "cli/command_line.h"
#include "db/migrator.h"

namespace stoker::cli {
namespace {
struct DbOptions {
    std::string owner_url;
    db::RolePasswords passwords;
};

int migrate(const DbOptions& options) {
    db::migrate(options.owner_url, options.passwords);
    std::cout << "The schema is at version " << db::newest_migration() << "." << std::endl;
    return 0;
}
}  // namespace

void add_db_command(CLI::App& app, Action& action) {
    auto options = std::make_shared<DbOptions>();
    CLI::App* command = app.add_subcommand("db", "The database's schema, for a Postgres that is not embedded");
    command->require_subcommand(1);
    command->footer(
        "Example:\n  stoker db migrate --database-url postgresql://owner:…@db.example/stoker \\\n"
        "    --server-password … --worker-password …\n"
        "  (servers then use the role stoker_server, nodes and workers stoker_worker)");
    CLI::App* migrating =
        command->add_subcommand("migrate", "Create or upgrade the schema, its routines and the two roles");
    migrating
        ->add_option("--database-url", options->owner_url, "postgresql://… of the database's owner, with CREATEROLE")
        ->required()
        ->envname("STOKER_DATABASE_URL");
    migrating->add_option("--server-password", options->passwords.server, "sets the password of the role stoker_server")
        ->envname("STOKER_SERVER_PASSWORD");
    migrating->add_option("--worker-password", options->passwords.worker, "sets the password of the role stoker_worker")
        ->envname("STOKER_WORKER_PASSWORD");
    migrating->callback([options, &action] { action = [options] { return migrate(*options); }; });
}

}  // namespace stoker::cli
