#pragma once
#include <span>

#include "api/http/exchange.h"
#include "api/http/router.h"

namespace stoker::api {

/// DBFS as a file system needs it, for nodes that mount it: the meaning of the system calls, times in nanoseconds, tags
/// of contents.
std::span<const Endpoint> node_file_endpoints();

struct FileStatus;

namespace node_files {
using Answer = boost::asio::awaitable<Response>;
using Streamed = boost::asio::awaitable<void>;

Answer status(Services& services, Request& request);
Answer list(Services& services, Request& request);
Answer make_directory(Services& services, Request& request);
Answer remove_directory(Services& services, Request& request);
Answer remove(Services& services, Request& request);
Answer rename(Services& services, Request& request);
Answer link(Services& services, Request& request);
Answer set_modified(Services& services, Request& request);
Streamed download(Services& services, Request& request, Exchange& exchange);
/// Answers the status of what is there now.
Streamed upload(Services& services, Request& request, Exchange& exchange);

nlohmann::json status_json(const FileStatus& status);
}  // namespace node_files

}  // namespace stoker::api
