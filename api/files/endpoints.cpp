#include "api/files/endpoints.h"

#include <array>

namespace stoker::api {
namespace {
constexpr Versions kVersions = Versions::k20;
constexpr std::string_view kFile = "fs/files/{path*}";
constexpr std::string_view kDirectory = "fs/directories/{path*}";
// GET stands for HEAD, too. create-download-url is not here: its 404 makes the SDKs take GET fs/files.
constexpr std::array kEndpoints{
    Endpoint{"GET", kFile, kVersions, Action::kRead, nullptr, files::download},
    Endpoint{"PUT", kFile, kVersions, Action::kCreate, nullptr, files::upload},
    Endpoint{"DELETE", kFile, kVersions, Action::kManage, files::remove_file},
    Endpoint{"POST", kFile, kVersions, Action::kCreate, files::initiate_upload},
    Endpoint{"POST", "fs/create-upload-part-urls", kVersions, Action::kCreate, files::refuse_part_urls},
    Endpoint{"HEAD", kDirectory, kVersions, Action::kRead, files::look_at_directory},
    Endpoint{"GET", kDirectory, kVersions, Action::kList, files::list_directory},
    Endpoint{"PUT", kDirectory, kVersions, Action::kCreate, files::make_directory},
    Endpoint{"DELETE", kDirectory, kVersions, Action::kManage, files::remove_directory},
};
}  // namespace

std::span<const Endpoint> files_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
