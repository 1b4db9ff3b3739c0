#include "cli/databricks_profile.h"

#include <cstdlib>
#include <sstream>

#include "cli/data_folder.h"

namespace fs = std::filesystem;

namespace stoker::cli {

fs::path databricks_config_file() {
    if (const char* file = std::getenv("DATABRICKS_CONFIG_FILE"); file && *file) return file;
    const char* home = std::getenv("HOME");
    return home && *home ? fs::path(home) / ".databrickscfg" : fs::path();
}

ProfileOutcome write_databricks_profile(const fs::path& file, const std::string& host, const std::string& token) {
    std::string text = read_file_or_empty(file);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("[stoker]")) return ProfileOutcome::kAlreadyThere;
    if (!text.empty() && text.back() != '\n') text += '\n';
    text += "[stoker]\nhost = " + host + "\ntoken = " + token + "\n";
    write_file(file, text, fs::perms(0600));
    return ProfileOutcome::kWritten;
}

}  // namespace stoker::cli
