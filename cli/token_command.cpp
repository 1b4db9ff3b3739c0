#include <iostream>

#include <CLI/CLI.hpp>

#include "cli/command_line.h"
#include "cli/data_folder.h"
#include "cli/database_option.h"
#include "core/clock.h"
#include "db/pool.h"
#include "db/principal_store.h"

namespace stoker::cli {
namespace {
struct TokenOptions {
    DatabaseOption database;
    std::string user = kFirstUser;
    std::string comment;
    int lifetime_days = 0;
    bool admin = false;
    std::string token_id;
};

int create(const TokenOptions& options) {
    db::Pool pool(options.database.server_dsn(), 1);
    EpochMillis now = system_clock().epoch_millis();
    db::NewToken token;
    token.user_name = options.user;
    token.comment = options.comment;
    if (options.lifetime_days > 0) token.expiry_time = now + EpochMillis{options.lifetime_days} * 86'400'000;
    auto created = pool.run_blocking([&](db::Transaction& tx) {
        db::ensure_user(tx, options.user, options.admin, now);
        return db::create_token(tx, token, now);
    });
    // The token alone on standard output, so that a script can take it as it is.
    std::cout << created.token_value << std::endl;
    std::cerr << "Token " << created.token_id << " of " << options.user << ". It is shown only this once." << std::endl;
    return 0;
}

int list(const TokenOptions& options) {
    db::Pool pool(options.database.server_dsn(), 1);
    for (const auto& token : pool.run_blocking([](db::Transaction& tx) { return db::list_tokens(tx); }))
        std::cout << token.token_id << '\t' << token.user_name << '\t' << token.creation_time << '\t'
                  << token.expiry_time << '\t' << token.comment << '\n';
    return 0;
}

int remove(const TokenOptions& options) {
    db::Pool pool(options.database.server_dsn(), 1);
    if (pool.run_blocking([&](db::Transaction& tx) { return db::delete_token(tx, options.token_id); })) return 0;
    std::cerr << "stoker: there is no token '" << options.token_id << "'. `stoker token list` shows those there are."
              << std::endl;
    return 1;
}
}  // namespace

void add_token_command(CLI::App& app, Action& action) {
    auto options = std::make_shared<TokenOptions>();
    CLI::App* token = app.add_subcommand("token", "API tokens: create, list, delete");
    token->require_subcommand(1);
    token->footer(
        "Examples:\n  stoker token create --user ada@example.com --comment 'ci'\n  stoker token list\n  stoker token "
        "delete 3f2a…");

    CLI::App* creating = token->add_subcommand("create", "Make a token and print it; only its hash is stored");
    creating->add_option("--user", options->user, "whose token; the user is made when missing")->capture_default_str();
    creating->add_option("--comment", options->comment, "what it is for");
    creating->add_option("--lifetime-days", options->lifetime_days, "0 = does not expire")->capture_default_str();
    creating->add_flag("--admin", options->admin, "a user made here may see and change everything");
    options->database.add_to(*creating);
    creating->callback([options, &action] { action = [options] { return create(*options); }; });

    CLI::App* listing = token->add_subcommand("list", "token_id, user, created, expires (-1 = never), comment");
    options->database.add_to(*listing);
    listing->callback([options, &action] { action = [options] { return list(*options); }; });

    CLI::App* deleting = token->add_subcommand("delete", "Revoke a token");
    deleting->add_option("token_id", options->token_id, "as `list` prints it")->required();
    options->database.add_to(*deleting);
    deleting->callback([options, &action] { action = [options] { return remove(*options); }; });
}

}  // namespace stoker::cli
