#include "api/schema/files.h"

namespace stoker::api::schema {
namespace {
constexpr std::int64_t kMegabyte = 1024 * 1024;
constexpr std::string_view kBlock = "base64 of 1 MB at most";
constexpr std::string_view kPostActions[] = {"initiate-upload"};

constexpr Field kPath = text("path").required().noted("absolute: /x or dbfs:/x");
constexpr Field kOverwrite = boolean("overwrite");

constexpr Field kPathFields[] = {kPath};
// What is longer than a megabyte has an error of its own.
constexpr Field kReadFields[] = {kPath, integer("offset").between(0, INT64_MAX),
                                 integer("length").between(0, INT64_MAX).noted("1 MB at most, 0.5 MB by default")};
constexpr Field kCreateFields[] = {kPath, kOverwrite};
constexpr Field kAddBlockFields[] = {integer("handle").required(),
                                     text("data").required().may_be_empty().noted(kBlock)};
constexpr Field kCloseFields[] = {integer("handle").required()};
constexpr Field kPutFields[] = {kPath, kOverwrite, text("contents").required().may_be_empty().noted(kBlock)};
constexpr Field kMoveFields[] = {text("source_path").required(), text("destination_path").required()};
constexpr Field kDeleteFields[] = {kPath, boolean("recursive")};

constexpr Field kUploadFields[] = {kOverwrite.noted("true unless it is sent")};
constexpr Field kPostFields[] = {text("action").required().one_of(kPostActions), kOverwrite};
constexpr Field kListFields[] = {integer("page_size").between(0, INT64_MAX).noted("1000 at most"), text("page_token")};

constexpr Field kStatusFields[] = {text("path").required(), boolean("is_dir").required(),
                                   integer("file_size").required(), integer("modification_time").required()};
constexpr Field kDbfsListFields[] = {objects("files", &kDbfsStatus)};
constexpr Field kContentFields[] = {integer("bytes_read").required(), text("data").required().may_be_empty()};
constexpr Field kSessionFields[] = {text("session_token").required()};
constexpr Schema kSession{"MultipartUpload", kSessionFields};
constexpr Field kUploadSessionFields[] = {object("multipart_upload", &kSession).required()};
constexpr Field kEntryFields[] = {text("path").required(), text("name").required(), boolean("is_directory").required(),
                                  integer("file_size"), integer("last_modified")};
constexpr Schema kEntry{"DirectoryEntry", kEntryFields};
constexpr Field kDirectoryFields[] = {objects("contents", &kEntry), text("next_page_token")};
}  // namespace

constexpr Schema kDbfsStatus{"DbfsStatus", kStatusFields};
constexpr Schema kDbfsList{"DbfsList", kDbfsListFields};
constexpr Schema kDbfsContent{"DbfsContent", kContentFields};
constexpr Schema kDbfsHandle{"DbfsHandle", kCloseFields};
constexpr Schema kUploadSession{"UploadSession", kUploadSessionFields};
constexpr Schema kDirectoryList{"DirectoryList", kDirectoryFields};
constexpr Schema kDbfsPath{"DbfsPath", kPathFields};
constexpr Schema kDbfsRead{"DbfsRead", kReadFields};
constexpr Schema kDbfsCreate{"DbfsCreate", kCreateFields};
constexpr Schema kDbfsAddBlock{"DbfsAddBlock", kAddBlockFields};
constexpr Schema kDbfsClose{"DbfsClose", kCloseFields};
constexpr Schema kDbfsPut{"DbfsPut", kPutFields};
constexpr Schema kDbfsMove{"DbfsMove", kMoveFields};
constexpr Schema kDbfsDelete{"DbfsDelete", kDeleteFields};
constexpr Schema kUploadFile{"UploadFile", kUploadFields};
constexpr Schema kPostFile{"PostFile", kPostFields};
constexpr Schema kListDirectory{"ListDirectory", kListFields};

}  // namespace stoker::api::schema
