#pragma once
#include <filesystem>
#include <string>

#include <CLI/App.hpp>

#include "clusters/server_client.h"

namespace stoker::cli {

/// How a command finds the server and shows who it is: `--server` with $STOKER_TOKEN, else what a running `stoker up`
/// wrote into its data folder.
struct ApiOption {
    std::string url;
    std::filesystem::path ca_bundle;
    std::filesystem::path data_folder;

    void add_to(CLI::App& command);
    /// Throws StartError when neither is there.
    clusters::ServerClient client() const;
};

}  // namespace stoker::cli
