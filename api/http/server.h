#pragma once
#include <cstdint>
#include <functional>
#include <memory>

#include "api/settings.h"
#include "core/clock.h"

namespace boost::asio {
class io_context;
}
namespace stoker::db {
class Pool;
class RunWriter;
}  // namespace stoker::db

namespace stoker::api {

/// The HTTP edge. Everything of it runs on the thread of `io`; pool and writer must outlive `io`'s last handler.
class Server {
  public:
    struct Backends {
        db::Pool& pool;
        db::RunWriter& run_writer;
        const Clock& clock;
        /// Called on `io`'s thread when the database tells that work for the scheduler waits; may be empty.
        std::function<void()> on_scheduler_work = nullptr;
    };
    /// Listens at once; requests are served as soon as `io` runs. A port that cannot be had throws std::system_error,
    /// whose what() is one line for a person: "cannot listen on 127.0.0.1:8080: Address already in use".
    Server(boost::asio::io_context& io, Settings settings, Backends backends);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::uint16_t port() const;

    /// Two phases: accepts nothing more, ends every wait and lets open requests end; what is left after
    /// settings.drain_timeout is closed. Calls `stopped` then; `io` has no work of the server left. Call it on `io`'s
    /// thread.
    void stop(std::function<void()> stopped = nullptr);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;  // coroutines hold it too: frames that `io` destroys late still find it
};

}  // namespace stoker::api
