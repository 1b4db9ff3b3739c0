#include "api/dbfs/endpoints.h"
#include "api/files/file_store.h"
#include "api/files/transfer.h"
#include "api/http/parameters.h"
#include "api/node_files/endpoints.h"
#include "api/schema/check.h"
#include "api/schema/files.h"

// Whole files in and out.
namespace stoker::api::node_files {
namespace {
std::string path_of(const Request& request) {
    const nlohmann::json sent{{"path", path_text(request, "path")}};
    return dbfs::parse_path(JsonReader(sent));
}

/// Absent: yes, as in the Files API.
Overwrite overwrite_of(Request& request) {
    const nlohmann::json query = parse_parameters("GET", request.query, "");
    const JsonReader parameters(query);
    check(parameters, schema::kUploadFile, request.ignored_fields);
    return parameters.boolean_or("overwrite", true) ? Overwrite::kYes : Overwrite::kNo;
}
}  // namespace

Streamed download(Services& services, Request& request, Exchange& exchange) {
    dbfs::authorize_files(request);
    std::string path = path_of(request);
    co_await send_file(services, request, exchange, FileApi::kFiles, std::move(path));
}

Streamed upload(Services& services, Request& request, Exchange& exchange) {
    dbfs::authorize_files(request);
    const std::string path = path_of(request);
    const Overwrite overwrite = overwrite_of(request);
    const FileStatus stored = co_await receive_file(services, exchange, FileApi::kFiles, path, overwrite);
    const Response done = json_response(status_json(stored));
    co_await exchange.begin(done, done.body.size());
    co_await exchange.write(done.body);
    co_await exchange.end();
}

}  // namespace stoker::api::node_files
