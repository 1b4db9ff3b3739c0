#include "api/nodes/tables_door.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <spdlog/spdlog.h>

#include "api/http/relay.h"
#include "clusters/url_parts.h"

namespace stoker::api {
namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using net::ip::tcp;

namespace {
constexpr auto kToken = net::as_tuple(net::use_awaitable);
constexpr std::chrono::seconds kPatience{15};

using Plain = beast::tcp_stream;
using Secure = beast::ssl_stream<beast::tcp_stream>;

class Door final : public TablesDoor {
  public:
    Door(net::any_io_executor executor, const Server& server)
        : server_(clusters::parse_url(server.url)),
          token_(server.node_token),
          acceptor_(executor, {net::ip::address_v4::loopback(), 0}) {
        if (server.authority.empty())
            trust_.set_default_verify_paths();
        else
            trust_.load_verify_file(server.authority.string());
        trust_.set_verify_mode(net::ssl::verify_peer);
    }

    std::string uri() const override {
        return "thrift://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }

    static net::awaitable<void> serve(std::weak_ptr<Door> door, tcp::acceptor& acceptor) {
        for (;;) {
            auto [closed, socket] = co_await acceptor.async_accept(kToken);
            const auto self = door.lock();
            if (!self || closed == net::error::operation_aborted) co_return;
            if (closed) {
                // Out of descriptors, mostly: connections that end make room.
                spdlog::warn("accept failed cause=\"{}\"", closed.message());
                net::steady_timer pause(acceptor.get_executor(), std::chrono::milliseconds(100));
                co_await pause.async_wait(kToken);
                continue;
            }
            auto carrying = carry(self, Plain(std::move(socket)));
            net::co_spawn(acceptor.get_executor(), std::move(carrying), [](std::exception_ptr) {});
        }
    }
    tcp::acceptor& acceptor() { return acceptor_; }

  private:
    static net::awaitable<void> carry(std::shared_ptr<Door> self, Plain driver) {
        std::string failure;
        try {
            Plain reached = co_await self->connect();
            if (self->server_.is_secure) {
                Secure server(std::move(reached), self->trust_);
                server.set_verify_callback(net::ssl::host_name_verification(self->server_.host));
                if (!self->server_.is_ip_address())
                    SSL_set_tlsext_host_name(server.native_handle(), self->server_.host.c_str());
                co_await server.async_handshake(net::ssl::stream_base::client, net::use_awaitable);
                co_await self->ask_and_carry(server, driver);
            } else {
                co_await self->ask_and_carry(reached, driver);
            }
        } catch (const std::exception& error) {
            failure = error.what();
        }
        if (!failure.empty()) spdlog::warn("the catalog of tables cannot be reached cause=\"{}\"", failure);
    }

    net::awaitable<Plain> connect() {
        tcp::resolver resolver(acceptor_.get_executor());
        const auto endpoints = co_await resolver.async_resolve(server_.host, server_.port, net::use_awaitable);
        Plain stream(acceptor_.get_executor());
        stream.expires_after(kPatience);
        co_await stream.async_connect(endpoints, net::use_awaitable);
        stream.socket().set_option(tcp::no_delay(true));
        stream.socket().set_option(net::socket_base::keep_alive(true));
        co_return stream;
    }

    template <class Stream>
    net::awaitable<void> ask_and_carry(Stream& server, Plain& driver) {
        const std::string request =
            "GET " + server_.path + "/api/stoker/v1/nodes/tables HTTP/1.1\r\nHost: " + server_.authority() +
            "\r\nAuthorization: Bearer " + token_ + "\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
        co_await net::async_write(server, net::buffer(request), net::use_awaitable);
        beast::flat_buffer buffer;
        http::response_parser<http::empty_body> parser;
        co_await http::async_read_header(server, buffer, parser, net::use_awaitable);
        if (parser.get().result() != http::status::switching_protocols)
            throw std::runtime_error("the server answers " + std::to_string(parser.get().result_int()) + " " +
                                     std::string(parser.get().reason()));
        beast::get_lowest_layer(server).expires_never();
        co_await net::async_write(driver, buffer.data(), net::use_awaitable);
        Relay relay(server, driver);
        co_await relay.run();
    }

    const clusters::UrlParts server_;
    const std::string token_;
    net::ssl::context trust_{net::ssl::context::tls_client};
    tcp::acceptor acceptor_;
};
}  // namespace

std::shared_ptr<TablesDoor> TablesDoor::open(net::any_io_executor executor, const Server& server) {
    const auto door = std::make_shared<Door>(executor, server);
    auto serving = Door::serve(door, door->acceptor());
    net::co_spawn(executor, std::move(serving), [](std::exception_ptr) {});
    return door;
}

}  // namespace stoker::api
