#pragma once
#include <boost/beast/core/tcp_stream.hpp>

namespace stoker::api {

/// A connection to a service behind the API, that a client's connection is to be carried to.
struct Tunnel {
    boost::beast::tcp_stream service;
};

}  // namespace stoker::api
