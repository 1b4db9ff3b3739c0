#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

namespace stoker::api {

/// What a client is told that speaks plain HTTP where there is TLS.
inline constexpr std::string_view kAnswerWithoutTls =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 90\r\n\r\n"
    R"({"error_code":"BAD_REQUEST","message":"This port speaks TLS: call it by an https:// URL."})";

/// The bytes of one client's connection, with TLS or without; Beast reads from it and writes to it (AsyncStream). I/O
/// thread only.
class ClientStream {
  public:
    using executor_type = boost::beast::tcp_stream::executor_type;

    /// Without a certificate there is no TLS.
    ClientStream(boost::asio::ip::tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> certificate);

    executor_type get_executor() { return tcp_.get_executor(); }
    using next_layer_type = boost::beast::tcp_stream;
    next_layer_type& next_layer() { return tcp_; }
    bool is_secure() const { return certificate_ != nullptr; }
    /// IP address of the client; "" when it has gone already.
    std::string peer() const;

    enum class Greeting { kDone, kWithoutTls, kFailed };
    /// Once, before anything else; nothing to do without TLS. `buffer` is empty, before and, unless the client speaks
    /// without TLS, behind it.
    boost::asio::awaitable<Greeting> greet(boost::beast::flat_buffer& buffer);

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return tls_ ? tls_->async_read_some(buffers, std::forward<Token>(token))
                    : tcp_.async_read_some(buffers, std::forward<Token>(token));
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return tls_ ? tls_->async_write_some(buffers, std::forward<Token>(token))
                    : tcp_.async_write_some(buffers, std::forward<Token>(token));
    }

    /// Of what is begun from here on.
    void expires_after(std::chrono::milliseconds time) { tcp_.expires_after(time); }
    void expires_never() { tcp_.expires_never(); }
    /// What is under way ends with operation_aborted; the connection can still be used.
    void cancel() { tcp_.cancel(); }
    /// Lets the client read the answer before the connection is reset under what it still sends.
    boost::asio::awaitable<void> linger();
    /// Ends the connection in order: a client with TLS learns that nothing is missing.
    boost::asio::awaitable<void> end();
    /// Ends it now.
    void close() { tcp_.close(); }

  private:
    boost::beast::tcp_stream tcp_;
    const std::shared_ptr<boost::asio::ssl::context> certificate_;
    // From the greeting on. Not Beast's own, which takes a first buffer that is empty, as asio's async_write leaves it
    // of a pair, for all there is.
    std::optional<boost::asio::ssl::stream<boost::beast::tcp_stream&>> tls_;
};

}  // namespace stoker::api
