#pragma once
#include <filesystem>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

namespace stoker::clusters {

/// It does not answer now.
struct ServerAway : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// How a server with TLS is known.
struct ServerTrust {
    std::filesystem::path authorities;  // those that vouch for it, and no others (PEM); "" = the machine's own
    bool of_anyone = false;             // what it says is checked in another way, and nothing is told to it
};

/// Calls the API of a server, from another process or machine. Each call blocks, for 20 seconds at most.
class ServerClient {
  public:
    /// `url` as clients know it, `token` "" = none.
    ServerClient(std::string url, std::string token, ServerTrust trust = {});

    /// The answer's JSON. Throws std::runtime_error with what the server says, ServerAway when it cannot be reached or
    /// is not ready.
    nlohmann::json ask(const std::string& method, const std::string& path,
                       const nlohmann::json& body = nlohmann::json::object()) const;

  private:
    std::string url_;
    std::string token_;
    ServerTrust trust_;
};

}  // namespace stoker::clusters
