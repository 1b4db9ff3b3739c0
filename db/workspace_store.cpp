#include "db/workspace_store.h"

#include "db/transaction.h"

namespace stoker::db {
namespace {
WorkspaceObject object_row(const pqxx::row& row) {
    WorkspaceObject object;
    read_id(row["object_id"], object.object_id);
    object.path = text_of(row["path"]);
    object.object_type = text_of(row["object_type"]);
    object.language = text_of(row["language"]);
    object.format = text_of(row["format"]);
    object.creator_user_name = text_of(row["creator_user_name"]);
    object.created_at = number_of(row["created_at"]);
    object.modified_at = number_of(row["modified_at"]);
    object.size = number_of(row["size"]);
    return object;
}

std::string parent_of(const std::string& path) {
    if (path == "/") return "";
    auto slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
}
}  // namespace

std::optional<WorkspaceObject> find_object(Transaction& tx, const std::string& path) {
    auto rows = tx.query("find_object", {path});
    if (rows.empty()) return std::nullopt;
    return object_row(rows[0]);
}

std::optional<std::string> read_content(Transaction& tx, ObjectId object_id) {
    auto rows = tx.query("read_content", {object_id});
    if (rows.empty()) return std::nullopt;
    return bytes_of(rows[0]["content"]);
}

std::vector<WorkspaceObject> list_objects(Transaction& tx, const std::string& parent) {
    std::vector<WorkspaceObject> objects;
    for (const auto& row : tx.query("list_objects", {parent})) objects.push_back(object_row(row));
    return objects;
}

ObjectId put_object(Transaction& tx, const WorkspaceObject& object, const std::string& content) {
    Param stored = object.object_type == "DIRECTORY" ? Param(std::nullopt) : Param::bytes(content);
    auto rows = tx.query("put_object", {object.path, parent_of(object.path), object.object_type,
                                        Param::or_null(object.language), Param::or_null(object.format), stored,
                                        object.creator_user_name, object.created_at, object.modified_at});
    return ObjectId{number_of(rows[0]["object_id"])};
}

bool make_directories(Transaction& tx, const std::string& path, const std::string& user_name, EpochMillis now) {
    std::vector<std::string> paths, parents;
    for (std::string at = path; !at.empty(); at = parent_of(at)) {
        paths.insert(paths.begin(), at);
        parents.insert(parents.begin(), parent_of(at));
    }
    if (!tx.query("directory_in_the_way", {Param::array(paths)}).empty()) return false;
    tx.query("make_directories", {Param::array(paths), Param::array(parents), user_name, now});
    return true;
}

bool has_children(Transaction& tx, const std::string& path) {
    return tx.query("has_children", {path})[0]["found"].as<bool>();
}

void delete_tree(Transaction& tx, const std::string& path) {
    tx.query("delete_tree", {path});
}

}  // namespace stoker::db
