#pragma once
#include <atomic>
#include <filesystem>
#include <string>
#include <thread>

namespace stoker::test {

/// A unix socket before Postgres' own that passes everything on, until a message of the client contains `trigger`: the
/// server still gets it and does what it says, but both sides lose the connection before the client hears the answer.
/// Once; connections after that are left alone.
class FaultyConnection {
  public:
    FaultyConnection(const std::filesystem::path& server_socket_folder, std::string trigger);
    ~FaultyConnection();

    /// Folder of the socket to connect to (host=).
    std::string host() const { return folder_.string(); }
    bool has_failed() const { return failed_; }

  private:
    void serve();
    void pass_on(int client);

    std::filesystem::path folder_;
    std::filesystem::path server_socket_;
    std::string trigger_;
    int listening_;
    std::atomic<bool> failed_ = false;
    std::thread thread_;
};

}  // namespace stoker::test
