#include "api/schema/files.h"

#include "api/files/endpoints.h"
#include "api/files/file_store.h"
#include "api/files/transfer.h"
#include "api/http/parameters.h"
#include "api/mlflow/artifact_store.h"
#include "api/schema/check.h"
#include "core/error.h"
#include "core/json_reader.h"
#include "core/random.h"

// fs/files: whole files in, out and away.
namespace stoker::api::files {
namespace {
void check_right(const Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
}

/// Absent: yes.
Overwrite overwrite_of(Request& request) {
    const nlohmann::json query = parse_parameters("GET", request.query, "");
    const JsonReader parameters(query);
    check(parameters, schema::kUploadFile, request.ignored_fields);
    return parameters.boolean_or("overwrite", true) ? Overwrite::kYes : Overwrite::kNo;
}
}  // namespace

Streamed upload(Services& services, Request& request, Exchange& exchange) {
    check_right(request);
    Place place = parse_place(request, PlaceOf::kFile);
    const Overwrite overwrite = overwrite_of(request);
    if (place.kind == Place::Kind::kArtifact) {
        if (overwrite == Overwrite::kNo) {
            const auto there = co_await find_artifact(services, request.principal, place.target);
            if (there) throw api_error(FileError(FileProblem::kExists, place.sent), FileApi::kFiles);
        }
        co_await upload_artifact(services, request, exchange, std::move(place));
        co_return;
    }
    co_await receive_file(services, exchange, FileApi::kFiles, std::move(place.target), overwrite);
    co_await exchange.begin(no_content(), std::nullopt);
    co_await exchange.end();
}

Streamed download(Services& services, Request& request, Exchange& exchange) {
    check_right(request);
    Place place = parse_place(request, PlaceOf::kFile);
    if (place.kind == Place::Kind::kArtifact)
        co_await download_artifact(services, request, exchange, std::move(place));
    else
        co_await send_file(services, request, exchange, FileApi::kFiles, std::move(place.target));
}

Answer remove_file(Services& services, Request& request) {
    check_right(request);
    const Place place = parse_place(request, PlaceOf::kFile);
    const FileError missing(FileProblem::kMissing, place.sent);
    if (place.kind == Place::Kind::kArtifact) {
        const auto there = co_await find_artifact(services, request.principal, place.target);
        if (!there || there->is_dir) throw api_error(missing, FileApi::kFiles);
        co_await delete_artifact(services, request.principal, place.target);
        co_return no_content();
    }
    auto erase = [path = place.target](FileTree& tree) {
        if (tree.status(path).is_dir) throw FileError(FileProblem::kNotAFile, path);
        return tree.remove(path, Recursive::kNo);
    };
    const bool removed = co_await services.dbfs.run(erase, FileApi::kFiles);
    if (!removed) throw api_error(missing, FileApi::kFiles);
    co_return no_content();
}

/// Large files: the SDKs ask for a session first. What they ask for next they are refused, and send the file as one.
Answer initiate_upload(Services&, Request& request) {
    check_right(request);
    parse_place(request, PlaceOf::kFile);
    const nlohmann::json query = parse_parameters("GET", request.query, "");
    check(JsonReader(query), schema::kPostFile, request.ignored_fields);
    co_return json_response({{"multipart_upload", {{"session_token", random_hex(16)}}}});
}

Answer refuse_part_urls(Services&, Request& request) {
    check_right(request);
    throw ApiError(ErrorCode::kNotImplemented, "Uploads in parts are not supported; send the file as one by PUT.");
    co_return Response{};
}

}  // namespace stoker::api::files
