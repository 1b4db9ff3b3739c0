#include "api/dbfs/endpoints.h"

#include <array>

#include "api/files/tree_path.h"
#include "api/schema/files.h"
#include "core/error.h"
#include "core/hash.h"

namespace stoker::api {
namespace {
using namespace schema;  // what requests take and answers hold

constexpr Versions kVersions = Versions::k20;
constexpr std::array kEndpoints{
    Endpoint{"GET", "dbfs/get-status", kVersions, Action::kRead, dbfs::get_status}.with(
        {"What a path names.", &kDbfsPath, &kDbfsStatus}),
    Endpoint{"GET", "dbfs/list", kVersions, Action::kList, dbfs::list}.with(
        {"What a folder holds.", &kDbfsPath, &kDbfsList}),
    Endpoint{"GET", "dbfs/read", kVersions, Action::kRead, dbfs::read}.with(
        {"A part of a file.", &kDbfsRead, &kDbfsContent}),
    Endpoint{"POST", "dbfs/create", kVersions, Action::kCreate, dbfs::create}.with(
        {"Opens a file that is written in blocks.", &kDbfsCreate, &kDbfsHandle}),
    Endpoint{"POST", "dbfs/add-block", kVersions, Action::kCreate, dbfs::add_block}.with(
        {"Adds a block to an open file.", &kDbfsAddBlock}),
    Endpoint{"POST", "dbfs/close", kVersions, Action::kCreate, dbfs::close}.with(
        {"Closes a file; only now it is there.", &kDbfsClose}),
    Endpoint{"POST", "dbfs/put", kVersions, Action::kCreate, nullptr, dbfs::put}.with(
        Operation{"Writes a whole file.", &kDbfsPut}.taking(Content::kForm)),
    Endpoint{"POST", "dbfs/mkdirs", kVersions, Action::kCreate, dbfs::mkdirs}.with(
        {"Makes a folder, and those above it.", &kDbfsPath}),
    Endpoint{"POST", "dbfs/move", kVersions, Action::kManage, dbfs::move}.with(
        {"Moves a file or a folder.", &kDbfsMove}),
    Endpoint{"POST", "dbfs/delete", kVersions, Action::kManage, dbfs::remove}.with(
        {"Deletes a file or a folder.", &kDbfsDelete}),
    // What mlflow and the oldest clients use: the path in the address, the bytes as the body.
    Endpoint{"GET", "/dbfs/{path*}", Versions::kNone, Action::kRead, nullptr, dbfs::download}.with(
        Operation{"The bytes of a file."}.giving(Content::kBytes)),
    Endpoint{"POST", "/dbfs/{path*}", Versions::kNone, Action::kCreate, nullptr, dbfs::upload}.with(
        Operation{"Writes a file."}.taking(Content::kBytes)),
    Endpoint{"PUT", "/dbfs/{path*}", Versions::kNone, Action::kCreate, nullptr, dbfs::upload}.with(
        Operation{"Writes a file."}.taking(Content::kBytes)),
};
}  // namespace

std::span<const Endpoint> dbfs_endpoints() {
    return kEndpoints;
}

namespace dbfs {

std::string parse_path(const JsonReader& parameters, std::string_view field) {
    const std::string sent = parameters.string(field);
    const auto path = tree_path(sent);
    if (!path) parameters.refuse(field, "expected an absolute path of DBFS, got '" + sent.substr(0, 200) + "'.");
    return *path;
}

std::string parse_block(const JsonReader& parameters, std::string_view field) {
    constexpr std::size_t kMaxText = kMaxBlock / 3 * 4 + kMaxBlock / 32;  // with line breaks
    const std::string text = parameters.optional_string(field).value_or("");
    auto bytes = text.size() > kMaxText ? std::string(kMaxBlock + 1, '\0') : base64_decode(text);
    if (!bytes) parameters.refuse(field, "is not base64.");
    if (bytes->size() > kMaxBlock)
        throw ApiError(ErrorCode::kMaxBlockSizeExceeded,
                       std::string(field) + ": the limit is 1 MB of bytes (" + std::to_string(kMaxBlock) + ").");
    return std::move(*bytes);
}

void authorize_files(const Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
}

}  // namespace dbfs

}  // namespace stoker::api
