#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

namespace stoker::api {

/// The server's catalog of tables on another machine, that of a node which joined: a door on the loopback, each
/// connection to which is carried to the catalog by the server's API (nodes::tables). Open for as long as it lives; on
/// the executor's thread.
class TablesDoor {
  public:
    struct Server {
        std::string url;
        std::string node_token;
        std::filesystem::path authority;  // the one that vouches for it (PEM); "" = the machine's own do
    };
    /// Throws std::exception when the authority cannot be read.
    static std::shared_ptr<TablesDoor> open(boost::asio::any_io_executor executor, const Server& server);
    virtual ~TablesDoor() = default;

    /// thrift://127.0.0.1:<port>
    virtual std::string uri() const = 0;
};

}  // namespace stoker::api
