#pragma once
#include <filesystem>
#include <string>

namespace stoker::cli {

/// $DATABRICKS_CONFIG_FILE, else ~/.databrickscfg; empty when there is no home.
std::filesystem::path databricks_config_file();

enum class ProfileOutcome { kWritten, kAlreadyThere };
/// Appends the profile `[stoker]` to the Databricks config file (0600) unless it has one; nothing else in it is
/// touched.
ProfileOutcome write_databricks_profile(const std::filesystem::path& file, const std::string& host,
                                        const std::string& token);

}  // namespace stoker::cli
