#include "cli/database_option.h"

#include <CLI/CLI.hpp>

#include "cli/data_folder.h"
#include "cli/start_error.h"
#include "db/connection_string.h"

namespace stoker::cli {

void DatabaseOption::add_to(CLI::App& command) {
    if (data_folder.empty()) data_folder = default_data_folder();
    command
        .add_option("--database-url", database_url, "postgresql://… of the server's role; else the data folder tells")
        ->envname("STOKER_DATABASE_URL");
    command.add_option("--data-dir", data_folder, "data folder of a running `stoker up`")->capture_default_str();
}

std::string DatabaseOption::server_dsn() const {
    if (!database_url.empty()) return database_url;
    std::string dsn = read_file_or_empty(data_folder / "secrets/server_dsn");
    if (dsn.empty())
        throw StartError("found no database: " + (data_folder / "secrets/server_dsn").string() +
                         " is not there or may not be read. Start `stoker up`, or give --data-dir or --database-url.");
    // `up` may see its folder elsewhere (DataFolder::open); the socket is in the folder all the same.
    return db::with_login(dsn, {.host = (data_folder / "run").string()});
}

}  // namespace stoker::cli
