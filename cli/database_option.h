#pragma once
#include <filesystem>
#include <string>

#include <CLI/App.hpp>

namespace stoker::cli {

/// The user that `stoker up` makes first; an admin.
inline constexpr const char* kFirstUser = "admin@stoker.local";

/// How a command finds the database: `--database-url`, else what a running `stoker up` wrote into its data folder.
struct DatabaseOption {
    std::string database_url;
    std::filesystem::path data_folder;

    void add_to(CLI::App& command);
    /// Throws StartError when neither is there.
    std::string server_dsn() const;
};

}  // namespace stoker::cli
