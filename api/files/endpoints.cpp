#include "api/files/endpoints.h"

#include <array>

#include "api/schema/files.h"

namespace stoker::api {
namespace {
using namespace schema;  // what requests take and answers hold

constexpr Versions kVersions = Versions::k20;
constexpr std::string_view kFile = "fs/files/{path*}";
constexpr std::string_view kDirectory = "fs/directories/{path*}";
// GET stands for HEAD, too. create-download-url is not here: its 404 makes the SDKs take GET fs/files.
constexpr std::array kEndpoints{
    Endpoint{"GET", kFile, kVersions, Action::kRead, nullptr, files::download}.with(
        Operation{"The bytes of a file."}.giving(Content::kBytes)),
    Endpoint{"PUT", kFile, kVersions, Action::kCreate, nullptr, files::upload}.with(
        Operation{"Writes a file.", &kUploadFile}.taking(Content::kBytes).giving(Content::kNone)),
    Endpoint{"DELETE", kFile, kVersions, Action::kManage, files::remove_file}.with(
        Operation{"Deletes a file."}.giving(Content::kNone)),
    Endpoint{"POST", kFile, kVersions, Action::kCreate, files::initiate_upload}.with(
        Operation{"Begins an upload in parts, which then are refused.", &kPostFile, &kUploadSession}
            .taking(Content::kAnything)
            .checked_by_handler()),
    Endpoint{"POST", "fs/create-upload-part-urls", kVersions, Action::kCreate, files::refuse_part_urls}.with(
        Operation{"Refused: send the file as one."}.checked_by_handler()),
    Endpoint{"HEAD", kDirectory, kVersions, Action::kRead, files::look_at_directory}.with(
        Operation{"Whether a folder is there."}.giving(Content::kNone)),
    Endpoint{"GET", kDirectory, kVersions, Action::kList, files::list_directory}.with(
        {"What a folder holds.", &kListDirectory, &kDirectoryList}),
    Endpoint{"PUT", kDirectory, kVersions, Action::kCreate, files::make_directory}.with(
        Operation{"Makes a folder, and those above it."}.giving(Content::kNone)),
    Endpoint{"DELETE", kDirectory, kVersions, Action::kManage, files::remove_directory}.with(
        Operation{"Deletes an empty folder."}.giving(Content::kNone)),
};
}  // namespace

std::span<const Endpoint> files_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
