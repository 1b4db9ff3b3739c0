#include "api/schema/node_files.h"

namespace stoker::api::schema {
namespace {
constexpr Field kPath = text("path").required().noted("absolute: /x or dbfs:/x");
constexpr Field kModified = integer("modified_ns").required().noted("since 1970");

constexpr Field kPathFields[] = {kPath};
constexpr Field kListFields[] = {kPath, text("page_token")};
constexpr Field kRenameFields[] = {text("source_path").required(), text("destination_path").required(),
                                   boolean("overwrite").noted("what is there is replaced")};
constexpr Field kLinkFields[] = {text("source_path").required(), text("destination_path").required()};
constexpr Field kModifiedFields[] = {kPath, kModified.between(0, INT64_MAX)};

constexpr Field kStatusFields[] = {
    text("path").required(),
    boolean("is_dir").required(),
    integer("file_size").required(),
    kModified,
    text("content_tag").required().may_be_empty().noted("of a file; while it stays, so does the content"),
};
constexpr Field kListedFields[] = {objects("files", &kFileStatus).required(), text("next_page_token")};
}  // namespace

constexpr Schema kFilePath{"FilePath", kPathFields};
constexpr Schema kListFiles{"ListFiles", kListFields};
constexpr Schema kRenameFile{"RenameFile", kRenameFields};
constexpr Schema kLinkFile{"LinkFile", kLinkFields};
constexpr Schema kSetModified{"SetModified", kModifiedFields};
constexpr Schema kFileStatus{"FileStatus", kStatusFields};
constexpr Schema kFileList{"FileList", kListedFields};

}  // namespace stoker::api::schema
