#pragma once
#include <span>

#include "api/files/file_store.h"
#include "api/http/exchange.h"
#include "api/http/router.h"
#include "api/services.h"
#include "core/json_reader.h"

namespace stoker::api {

/// DBFS: files and folders under one root that all users and their notebooks share.
std::span<const Endpoint> dbfs_endpoints();

namespace dbfs {
using Answer = boost::asio::awaitable<Response>;
using Streamed = boost::asio::awaitable<void>;

inline constexpr std::size_t kMaxBlock = 1024 * 1024;  // of add-block, put and read

Answer get_status(Services& services, Request& request);
Answer list(Services& services, Request& request);
Answer read(Services& services, Request& request);
Answer create(Services& services, Request& request);
Answer add_block(Services& services, Request& request);
Answer close(Services& services, Request& request);
Answer mkdirs(Services& services, Request& request);
Answer move(Services& services, Request& request);
Answer remove(Services& services, Request& request);
Streamed put(Services& services, Request& request, Exchange& exchange);
Streamed upload(Services& services, Request& request, Exchange& exchange);
Streamed download(Services& services, Request& request, Exchange& exchange);

/// A path of the request as the file tree takes it. Throws ApiError that names the field.
std::string parse_path(const JsonReader& parameters, std::string_view field = "path");
/// `data` or `contents`: base64 of a megabyte at most. Throws ApiError.
std::string parse_block(const JsonReader& parameters, std::string_view field);
/// Every user shares the root; what they may do is decided where it is for everything else.
void authorize_files(const Request& request);
}  // namespace dbfs

}  // namespace stoker::api
