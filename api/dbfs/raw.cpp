#include "api/dbfs/endpoints.h"
#include "api/files/transfer.h"
#include "api/files/tree_path.h"
#include "api/http/parameters.h"
#include "core/error.h"

// /dbfs/<path>: bytes in, bytes out, never held.
namespace stoker::api::dbfs {
namespace {
std::string path_of(const Request& request) {
    const std::string& sent = path_text(request, "path");
    const auto path = tree_path(sent.empty() ? "/" : sent);
    if (!path) throw ApiError::invalid_parameter("path: the address names no path of DBFS.");
    return *path;
}
}  // namespace

Streamed upload(Services& services, Request& request, Exchange& exchange) {
    authorize_files(request);
    std::string path = path_of(request);
    co_await receive_file(services, exchange, FileApi::kDbfs, std::move(path), Overwrite::kYes);
    const Response done;
    co_await exchange.begin(done, done.body.size());
    co_await exchange.write(done.body);
    co_await exchange.end();
}

Streamed download(Services& services, Request& request, Exchange& exchange) {
    authorize_files(request);
    std::string path = path_of(request);
    co_await send_file(services, request, exchange, FileApi::kDbfs, std::move(path));
}

}  // namespace stoker::api::dbfs
