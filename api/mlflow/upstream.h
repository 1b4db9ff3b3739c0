#pragma once
#include <chrono>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "core/clock.h"

namespace stoker::api {

struct Request;
class Exchange;

/// The way to the mlflow server's unix socket: a few idle connections are kept, a body of any size streams through in
/// both directions. I/O thread only.
class MlflowUpstream {
  public:
    /// A server that is not there yet (it starts beside ours) is waited for, `patience` at most.
    MlflowUpstream(boost::asio::any_io_executor executor, std::string socket_path, std::chrono::seconds patience,
                   const Clock& clock);
    ~MlflowUpstream();

    /// Sends the request with `target` in place of its own. Throws ApiError TEMPORARILY_UNAVAILABLE when nobody answers
    /// there.
    boost::asio::awaitable<void> forward(const Request& request, Exchange& exchange, std::string target);
    /// Drops idle connections, and keeps none from now on.
    void close();

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace stoker::api
