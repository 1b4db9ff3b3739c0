#include "api/workspace/endpoints.h"

#include <array>

#include "api/schema/workspace.h"

namespace stoker::api {
namespace {
using namespace schema;  // what requests take and answers hold

constexpr Versions kVersions = Versions::k20;
constexpr std::array kEndpoints{
    Endpoint{"POST", "workspace/import", kVersions, Action::kManage, workspace::import_object}.with(
        Operation{"Stores a notebook or a file.", &kImport, &kImported}.taking(Content::kForm)),
    Endpoint{"GET", "workspace/export", kVersions, Action::kRead, workspace::export_object}.with(
        Operation{"The content of a notebook or a file.", &kExport, &kExported}.giving(Content::kBytes)),
    Endpoint{"GET", "workspace/list", kVersions, Action::kList, workspace::list}.with(
        {"What a folder holds.", &kListWorkspace, &kWorkspaceList}),
    Endpoint{"POST", "workspace/mkdirs", kVersions, Action::kCreate, workspace::mkdirs}.with(
        {"Makes a folder, and those above it.", &kWorkspacePath}),
    Endpoint{"POST", "workspace/delete", kVersions, Action::kManage, workspace::remove}.with(
        {"Deletes a notebook, a file or a folder.", &kDeleteWorkspace}),
    Endpoint{"GET", "workspace/get-status", kVersions, Action::kRead, workspace::get_status}.with(
        {"What a path names.", &kWorkspacePath, &kWorkspaceObject}),
};
}  // namespace

std::span<const Endpoint> workspace_endpoints() {
    return kEndpoints;
}

}  // namespace stoker::api
