#pragma once
#include "api/schema/schema.h"

// Requests and answers of the Workspace API.
namespace stoker::api::schema {

extern const Schema kWorkspacePath, kImport, kExport, kListWorkspace, kDeleteWorkspace;
extern const Schema kImported, kExported, kWorkspaceObject, kWorkspaceList;

}  // namespace stoker::api::schema
