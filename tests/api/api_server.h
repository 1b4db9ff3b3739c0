#pragma once
#include <memory>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "api/http/server.h"
#include "db/pool.h"
#include "db/run_writer.h"

namespace stoker::test {

/// A server on a thread of its own, on any free port. Without a DSN it has no database: what asks it gets a 503.
class ApiServer {
  public:
    explicit ApiServer(const std::string& dsn = "", api::Settings settings = {});
    ~ApiServer();  // drains and stops

    std::uint16_t port() const { return port_; }
    /// Blocks until the drain is over.
    void stop();

    static constexpr const char* kSigningKey = "a signing key of the tests";
    static constexpr const char* kSealingKey = "a sealing key of the tests";

  private:
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ = boost::asio::make_work_guard(io_);
    db::Pool pool_;
    db::RunWriter writer_;
    std::unique_ptr<api::Server> server_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace stoker::test
