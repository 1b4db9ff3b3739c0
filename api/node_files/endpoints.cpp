#include "api/node_files/endpoints.h"

#include <array>

#include "api/schema/files.h"
#include "api/schema/node_files.h"

namespace stoker::api {
namespace {
using namespace schema;  // what requests take and answers hold

constexpr Endpoint for_nodes(Endpoint endpoint) {
    endpoint.serves_nodes = true;
    return endpoint;
}

constexpr Endpoint changing(std::string_view path, Handler handler, Operation operation) {
    return for_nodes({"POST", path, Versions::kNone, Action::kManage, handler}).with(operation);
}

constexpr std::string_view kContent = "/api/stoker/v1/files/content/{path*}";
constexpr std::array kEndpoints{
    for_nodes({"GET", "/api/stoker/v1/files/status", Versions::kNone, Action::kRead, node_files::status})
        .with({"What a path of DBFS names, to the nanosecond.", &kFilePath, &kFileStatus}),
    for_nodes({"GET", "/api/stoker/v1/files/list", Versions::kNone, Action::kList, node_files::list})
        .with({"What a folder of DBFS holds.", &kListFiles, &kFileList}),
    for_nodes({"GET", kContent, Versions::kNone, Action::kRead, nullptr, node_files::download})
        .with(Operation{"The bytes of a file, with the tag of its content as ETag."}.giving(Content::kBytes)),
    for_nodes({"PUT", kContent, Versions::kNone, Action::kCreate, nullptr, node_files::upload})
        .with(Operation{"Writes a file, in one step.", &kUploadFile, &kFileStatus}.taking(Content::kBytes)),
    changing("/api/stoker/v1/files/make-directory", node_files::make_directory,
             {"Makes a folder; nothing may be there.", &kFilePath}),
    changing("/api/stoker/v1/files/remove-directory", node_files::remove_directory,
             {"Removes an empty folder.", &kFilePath}),
    changing("/api/stoker/v1/files/remove", node_files::remove, {"Removes a file.", &kFilePath}),
    changing("/api/stoker/v1/files/rename", node_files::rename,
             {"Renames a file or a folder, in one step.", &kRenameFile}),
    changing("/api/stoker/v1/files/link", node_files::link, {"Gives a file a further name, in one step.", &kLinkFile}),
    changing("/api/stoker/v1/files/set-modified", node_files::set_modified,
             {"Says when a file was modified.", &kSetModified}),
};
}  // namespace

std::span<const Endpoint> node_file_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
