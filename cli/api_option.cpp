#include "cli/api_option.h"

#include <cstdlib>

#include <CLI/CLI.hpp>

#include "cli/data_folder.h"
#include "cli/start_error.h"

namespace stoker::cli {
namespace {
constexpr const char* kTokenVariable = "STOKER_TOKEN";
}  // namespace

void ApiOption::add_to(CLI::App& command) {
    data_folder = default_data_folder();
    command.add_option("--server", url,
                       "URL of the API, with an admin's token in $STOKER_TOKEN; else the data folder tells");
    command.add_option(
        "--ca-bundle", ca_bundle,
        "of --server with TLS: who vouches for it (PEM)->check(CLI::ExistingFile); else the machine knows");
    command.add_option("--data-dir", data_folder, "data folder of a running `stoker up`")->capture_default_str();
}

clusters::ServerClient ApiOption::client() const {
    if (!url.empty()) {
        const char* token = std::getenv(kTokenVariable);
        if (!token || !*token) throw StartError("--server needs an admin's token in $STOKER_TOKEN");
        return {url, token, {.authorities = ca_bundle}};
    }
    const auto file = data_folder / "connection.json";
    const auto connection = nlohmann::json::parse(read_file_or_empty(file), nullptr, false);
    if (!connection.is_object())
        throw StartError("found no server: " + file.string() +
                         " is not there or may not be read. Start `stoker up`, or give --data-dir or --server.");
    return {connection.value("host", ""),
            connection.value("token", ""),
            {.authorities = connection.value("ca_bundle", "")}};
}

}  // namespace stoker::cli
