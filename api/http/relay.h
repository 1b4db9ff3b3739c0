#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace stoker::api {

/// Two connections (Beast's streams, without time limits) of which each gets what the other one says, until either
/// ends; then both are closed. All of it on one thread.
template <class One, class Other>
class Relay {
  public:
    /// Asked every few seconds; the relay ends when it is not so any more.
    using Allowed = std::function<boost::asio::awaitable<bool>()>;
    Relay(One& one, Other& other, Allowed is_allowed = nullptr)
        : one_(one), other_(other), is_allowed_(std::move(is_allowed)), timer_(one.get_executor()) {
        keep_alive(boost::beast::get_lowest_layer(one_).socket());
        keep_alive(boost::beast::get_lowest_layer(other_).socket());
    }

    /// Resumes when all is over.
    boost::asio::awaitable<void> run() {
        auto one_ends = [this](std::exception_ptr) {
            --directions_;
            end();
        };
        boost::asio::co_spawn(one_.get_executor(), carry(one_, other_), one_ends);
        boost::asio::co_spawn(one_.get_executor(), carry(other_, one_), one_ends);
        while (directions_ > 0) {
            timer_.expires_after(kAskAgain);
            co_await timer_.async_wait(kToken);
            if (directions_ < 2 || !is_allowed_) continue;
            const bool allowed = co_await is_allowed_();
            if (!allowed) end();
        }
    }
    void end() {
        boost::beast::get_lowest_layer(one_).close();
        boost::beast::get_lowest_layer(other_).close();
        timer_.cancel();
    }

  private:
    static constexpr auto kToken = boost::asio::as_tuple(boost::asio::use_awaitable);
    static constexpr std::chrono::seconds kAskAgain{5};

    template <class From, class To>
    static boost::asio::awaitable<void> carry(From& from, To& to) {
        std::string part(16 * 1024, '\0');
        for (;;) {
            auto [at_end, count] = co_await from.async_read_some(boost::asio::buffer(part), kToken);
            if (at_end) co_return;
            auto [gone, written] = co_await boost::asio::async_write(to, boost::asio::buffer(part, count), kToken);
            if (gone) co_return;
        }
    }
    /// An end that has vanished without a word is found out within two minutes.
    static void keep_alive(boost::asio::ip::tcp::socket& socket) {
        boost::system::error_code ignored;
        socket.set_option(boost::asio::socket_base::keep_alive(true), ignored);
        for (const auto& [option, value] :
             {std::pair(TCP_KEEPIDLE, 60), std::pair(TCP_KEEPINTVL, 15), std::pair(TCP_KEEPCNT, 4)})
            ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
    }

    One& one_;
    Other& other_;
    const Allowed is_allowed_;
    boost::asio::steady_timer timer_;
    int directions_ = 2;
};

}  // namespace stoker::api
