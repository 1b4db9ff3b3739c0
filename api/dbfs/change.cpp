#include "api/dbfs/endpoints.h"
#include "core/json_reader.h"

// mkdirs, move, delete.
namespace stoker::api::dbfs {

Answer mkdirs(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const std::string path = parse_path(parameters);
    authorize_files(request);
    auto make = [path](FileTree& tree) { tree.make_folders(path); };
    co_await services.dbfs.run(make, FileApi::kDbfs);
    co_return Response{};
}

Answer move(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const std::string from = parse_path(parameters, "source_path");
    const std::string to = parse_path(parameters, "destination_path");
    authorize_files(request);
    auto rename = [from, to](FileTree& tree) { tree.move(from, to); };
    co_await services.dbfs.run(rename, FileApi::kDbfs);
    co_return Response{};
}

Answer remove(Services& services, Request& request) {
    const JsonReader parameters(request.parameters);
    const std::string path = parse_path(parameters);
    const Recursive recursive = parameters.boolean_or("recursive", false) ? Recursive::kYes : Recursive::kNo;
    authorize_files(request);
    // What is not there counts as deleted.
    auto erase = [path, recursive](FileTree& tree) { tree.remove(path, recursive); };
    co_await services.dbfs.run(erase, FileApi::kDbfs);
    co_return Response{};
}

}  // namespace stoker::api::dbfs
