#include "tests/api/api_server.h"

#include <future>

#include <boost/asio/post.hpp>

namespace stoker::test {
namespace {
const char* const kNoDatabase = "host=/nonexistent dbname=none";

api::Settings completed(api::Settings settings, const std::string& dsn) {
    settings.signing_key = ApiServer::kSigningKey;
    settings.sealing_key = ApiServer::kSealingKey;
    settings.listen_dsn = dsn;
    settings.log_requests = false;
    return settings;
}
}  // namespace

ApiServer::ApiServer(const std::string& dsn, api::Settings settings)
    : pool_(dsn.empty() ? kNoDatabase : dsn, 2),
      writer_({.dsn = dsn.empty() ? kNoDatabase : dsn, .signing_key = kSigningKey}),
      server_(std::make_unique<api::Server>(io_, completed(std::move(settings), dsn),
                                            api::Server::Backends{pool_, writer_, system_clock()})),
      port_(server_->port()),
      thread_([this] { io_.run(); }) {}

ApiServer::~ApiServer() {
    stop();
}

void ApiServer::stop() {
    if (!thread_.joinable()) return;
    std::promise<void> stopped;
    boost::asio::post(io_, [&] { server_->stop([&] { stopped.set_value(); }); });
    stopped.get_future().wait();
    work_.reset();
    io_.stop();
    thread_.join();
}

}  // namespace stoker::test
