#pragma once
#include <filesystem>
#include <string>

#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

namespace stoker::cli {

/// Calls the API of a server, from another process or machine. One request at a time.
class ApiClient {
  public:
    /// `url` as clients know it, `token` "" = none.
    ApiClient(std::string url, std::string token);

    /// The answer's JSON. Throws StartError with what the server says, or why it cannot be reached.
    nlohmann::json ask(const std::string& method, const std::string& path,
                       const nlohmann::json& body = nlohmann::json::object()) const;

  private:
    std::string url_;
    std::string token_;
};

/// How a command finds the server and shows who it is: `--server` with $STOKER_TOKEN, else what a running `stoker up`
/// wrote into its data folder.
struct ApiOption {
    std::string url;
    std::filesystem::path data_folder;

    void add_to(CLI::App& command);
    /// Throws StartError when neither is there.
    ApiClient client() const;
};

}  // namespace stoker::cli
