#pragma once
#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "api/settings.h"
#include "core/clock.h"

namespace stoker::api {

class Application;

/// One connection: reads requests one after the other (keep-alive, pipelining), within the limits of the settings, and
/// writes each answer before it reads on. I/O thread only; kept alive by its own coroutine.
class Session {
  public:
    /// Without a certificate there is no TLS.
    static std::shared_ptr<Session> create(boost::asio::ip::tcp::socket socket,
                                           std::shared_ptr<boost::asio::ssl::context> certificate,
                                           Application& application, const Settings& settings, const Clock& clock);
    virtual ~Session() = default;

    virtual boost::asio::awaitable<void> run() = 0;
    /// Ends after the request under way; at once when there is none.
    virtual void finish() = 0;
    /// Ends now.
    virtual void abort() = 0;
};

}  // namespace stoker::api
