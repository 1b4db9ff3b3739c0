#pragma once
#include <span>
#include <string>

#include "api/http/exchange.h"
#include "api/http/router.h"
#include "api/services.h"

namespace stoker::api {

/// The Files API: whole files by their address.
std::span<const Endpoint> files_endpoints();

namespace files {
using Answer = boost::asio::awaitable<Response>;
using Streamed = boost::asio::awaitable<void>;

/// Where an address leads.
struct Place {
    enum class Kind { kVolume, kArtifact };
    Kind kind = Kind::kVolume;
    std::string sent;  // canonical, as clients write it
    std::string target;  // kVolume: in the DBFS root, "/Volumes/…". kArtifact: in MLflow's store, "1/ab12/artifacts/…"
};
enum class PlaceOf { kFile, kFolder };
/// The request's `path`. Throws ApiError when it leads to neither, or to a file above the volumes.
Place parse_place(const Request& request, PlaceOf what);

Streamed upload(Services& services, Request& request, Exchange& exchange);
Streamed download(Services& services, Request& request, Exchange& exchange);
Answer remove_file(Services& services, Request& request);
Answer initiate_upload(Services& services, Request& request);
Answer refuse_part_urls(Services& services, Request& request);
Answer make_directory(Services& services, Request& request);
Answer look_at_directory(Services& services, Request& request);
Answer list_directory(Services& services, Request& request);
Answer remove_directory(Services& services, Request& request);

Streamed upload_artifact(Services& services, Request& request, Exchange& exchange, Place place);
Streamed download_artifact(Services& services, Request& request, Exchange& exchange, Place place);

/// 204, nothing in it.
Response no_content();
}  // namespace files

}  // namespace stoker::api
