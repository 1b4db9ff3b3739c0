#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>
#include <openssl/ssl.h>

namespace stoker::test {

struct HttpAnswer {
    int status = 0;                              // 0: the connection ended without an answer
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
    nlohmann::json json() const { return nlohmann::json::parse(body); }
};

/// A blocking connection that sends what it is told, byte by byte as given. Gives up after 20 seconds of silence.
class HttpConnection {
  public:
    explicit HttpConnection(std::uint16_t port);
    /// With TLS, for whoever `authority` (PEM) vouches for. Throws std::runtime_error when it does not for the server.
    HttpConnection(std::uint16_t port, const std::filesystem::path& authority);
    ~HttpConnection();
    HttpConnection(const HttpConnection&) = delete;

    void send(const std::string& bytes);
    /// The next answer; interim ones (100) are counted, not returned.
    HttpAnswer read_answer(bool to_head = false);
    HttpAnswer ask(const std::string& method, const std::string& target, const std::string& body = "",
                   const std::string& headers = "");
    /// Of what is no HTTP any more; fewer when the connection ends.
    std::string read_bytes(std::size_t count);
    /// Of an answer in chunks whose head has been read: the next one. Throws when there is none.
    std::string read_chunk();
    /// What is left of an answer in chunks, until it or the connection ends.
    std::string read_rest();
    /// The server has closed the connection.
    bool at_end();
    /// With TLS: it was closed in order, so that nothing is missing.
    bool ended_in_order() const;
    int interim_answers() const { return interim_answers_; }

  private:
    bool fill();
    std::optional<std::string> next_chunk();

    int socket_;
    std::shared_ptr<SSL> tls_;  // null: there is none
    std::string buffer_;
    int interim_answers_ = 0;
};

}  // namespace stoker::test
