#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"

namespace stoker::db {

class Transaction;

struct WorkspaceObject {
    ObjectId object_id;
    std::string path;
    std::string object_type;  // NOTEBOOK, DIRECTORY, FILE
    std::string language;     // "" when no notebook
    std::string format;       // SOURCE or JUPYTER; "" when no notebook
    std::string creator_user_name;
    EpochMillis created_at = 0;
    EpochMillis modified_at = 0;
    std::int64_t size = 0;
};
std::optional<WorkspaceObject> find_object(Transaction& tx, const std::string& path);
std::optional<std::string> read_content(Transaction& tx, ObjectId object_id);
std::vector<WorkspaceObject> list_objects(Transaction& tx, const std::string& parent);
/// Replaces an object of the same type at that path, keeping its object_id. The parent must exist.
ObjectId put_object(Transaction& tx, const WorkspaceObject& object, const std::string& content);
/// With all missing parents; existing directories are left alone. false: a file or notebook is in the way.
bool make_directories(Transaction& tx, const std::string& path, const std::string& user_name, EpochMillis now);
bool has_children(Transaction& tx, const std::string& path);
/// The object and everything beneath it.
void delete_tree(Transaction& tx, const std::string& path);

}  // namespace stoker::db
