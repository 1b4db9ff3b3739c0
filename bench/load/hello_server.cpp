#include "bench/load/hello_server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace stoker::bench {
namespace {
namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using net::ip::tcp;
constexpr auto kToken = net::as_tuple(net::use_awaitable);

net::awaitable<void> serve_connection(tcp::socket socket) {
    socket.set_option(tcp::no_delay(true));
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer;
    while (true) {
        http::request<http::string_body> request;
        auto [read_error, received] = co_await http::async_read(stream, buffer, request, kToken);
        if (read_error) co_return;
        http::response<http::string_body> response(http::status::ok, request.version());
        response.set(http::field::content_type, "application/json");
        response.body() = R"({"hello":"world"})";
        response.keep_alive(request.keep_alive());
        response.prepare_payload();
        auto [write_error, sent] = co_await http::async_write(stream, response, kToken);
        if (write_error || !response.keep_alive()) co_return;
    }
}

net::awaitable<void> accept_connections(tcp::acceptor& acceptor) {
    while (true) {
        tcp::socket socket = co_await acceptor.async_accept(net::use_awaitable);
        net::co_spawn(acceptor.get_executor(), serve_connection(std::move(socket)), net::detached);
    }
}
}  // namespace

void serve_hello(const std::function<void(std::uint16_t)>& listening) {
    net::io_context io(1);
    tcp::acceptor acceptor(io, {net::ip::address_v4::loopback(), 0});
    net::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](boost::system::error_code, int) { io.stop(); });
    net::co_spawn(io, accept_connections(acceptor), net::detached);
    listening(acceptor.local_endpoint().port());
    io.run();
}

}  // namespace stoker::bench
