#include "api/http/client_stream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/detect_ssl.hpp>

namespace stoker::api {
namespace net = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

namespace {
constexpr auto kToken = net::as_tuple(net::use_awaitable);
constexpr std::chrono::seconds kFarewell{1};
constexpr std::chrono::seconds kPatience{2};  // with a client that still sends
constexpr std::size_t kDropAtOnce = 64 * 1024;
constexpr std::size_t kMostDropped = 64 * kDropAtOnce;
}  // namespace

ClientStream::ClientStream(net::ip::tcp::socket socket, std::shared_ptr<net::ssl::context> certificate)
    : tcp_(std::move(socket)), certificate_(std::move(certificate)) {}

std::string ClientStream::peer() const {
    error_code ignored;
    return tcp_.socket().remote_endpoint(ignored).address().to_string(ignored);
}

net::awaitable<ClientStream::Greeting> ClientStream::greet(beast::flat_buffer& buffer) {
    if (!certificate_) co_return Greeting::kDone;
    auto [unreadable, speaks_tls] = co_await beast::async_detect_ssl(tcp_, buffer, kToken);
    if (unreadable) co_return Greeting::kFailed;
    if (!speaks_tls) co_return Greeting::kWithoutTls;
    tls_.emplace(tcp_, *certificate_);
    auto [refused, used] = co_await tls_->async_handshake(net::ssl::stream_base::server, buffer.data(), kToken);
    buffer.consume(used);
    co_return refused || buffer.size() > 0 ? Greeting::kFailed : Greeting::kDone;
}

net::awaitable<void> ClientStream::linger() {
    error_code ignored;
    if (!tls_) tcp_.socket().shutdown(net::ip::tcp::socket::shutdown_send, ignored);  // else end() says it
    std::string sink(kDropAtOnce, '\0');
    // A stream's own time limit would close it, and end() could say nothing any more.
    expires_never();
    net::steady_timer patience(tcp_.get_executor(), kPatience);
    // Both may be over in one moment: then this is called when there may be no stream any more.
    const auto lingers = std::make_shared<bool>(true);
    patience.async_wait([this, lingers](const error_code& ended) {
        if (!ended && *lingers) tcp_.cancel();
    });
    for (std::size_t dropped = 0; dropped < kMostDropped;) {
        auto [error, count] = co_await async_read_some(net::buffer(sink), kToken);
        if (error) break;
        dropped += count;
    }
    *lingers = false;
}

net::awaitable<void> ClientStream::end() {
    if (tls_ && tcp_.socket().is_open()) {
        tcp_.expires_after(kFarewell);
        co_await tls_->async_shutdown(kToken);
    }
    error_code ignored;
    tcp_.socket().shutdown(net::ip::tcp::socket::shutdown_both, ignored);
    tcp_.close();
}

}  // namespace stoker::api
