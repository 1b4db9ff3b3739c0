#include "api/schema/workspace.h"

namespace stoker::api::schema {
namespace {
constexpr std::string_view kObjectTypes[] = {"NOTEBOOK", "FILE", "DIRECTORY"};

constexpr Field kPath = text("path").required().noted("absolute, with or without /Workspace before it");
constexpr Field kPathFields[] = {kPath};
constexpr Field kImportFields[] = {
    kPath,
    text("format").noted("SOURCE (by default), JUPYTER, AUTO or RAW; HTML, DBC and R_MARKDOWN are refused"),
    text("language").noted("PYTHON, SQL, SCALA or R; required for SOURCE"),
    text("content").required().may_be_empty().noted("base64; of a form: the bytes"),
    boolean("overwrite"),
};
constexpr Field kExportFields[] = {
    kPath,
    text("format").noted("SOURCE (by default), JUPYTER, AUTO or RAW; HTML, DBC and R_MARKDOWN are refused"),
    boolean("direct_download").noted("the bytes instead of JSON"),
};
constexpr Field kListFields[] = {kPath, integer("notebooks_modified_after")};
constexpr Field kDeleteFields[] = {kPath, boolean("recursive")};

constexpr Field kImportedFields[] = {integer("object_id").required()};
constexpr Field kExportedFields[] = {text("content").required().may_be_empty(),
                                     text("file_type").required().may_be_empty()};
constexpr Field kObjectFields[] = {
    integer("object_id").required(),
    text("object_type").required().one_of(kObjectTypes),
    text("path").required(),
    text("resource_id").required(),
    text("language"),
    integer("size"),
    integer("created_at"),
    integer("modified_at"),
};
constexpr Field kWorkspaceListFields[] = {objects("objects", &kWorkspaceObject)};
}  // namespace

constexpr Schema kWorkspacePath{"WorkspacePath", kPathFields};
constexpr Schema kImport{"Import", kImportFields};
constexpr Schema kExport{"Export", kExportFields};
constexpr Schema kListWorkspace{"ListWorkspace", kListFields};
constexpr Schema kDeleteWorkspace{"DeleteWorkspace", kDeleteFields};
constexpr Schema kImported{"Imported", kImportedFields};
constexpr Schema kExported{"Exported", kExportedFields};
constexpr Schema kWorkspaceObject{"WorkspaceObject", kObjectFields};
constexpr Schema kWorkspaceList{"WorkspaceList", kWorkspaceListFields};

}  // namespace stoker::api::schema
