#include "api/clusters/update_mask.h"

#include <algorithm>
#include <string>
#include <vector>

#include "api/schema/common.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;
using Path = std::vector<std::string>;

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    for (std::size_t from = 0; from <= text.size();) {
        const std::size_t end = std::min(text.find(separator, from), text.size());
        parts.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return parts;
}

const Field* field_of(const Path& path) {
    const auto fields = schema::kNewCluster.fields;
    const auto field = std::ranges::find(fields, path.front(), &Field::name);
    return field == fields.end() ? nullptr : &*field;
}

Path path_of(const JsonReader& request, const std::string& name) {
    Path path = split(name, '.');
    const Field* field = field_of(path);
    if (!field)
        request.refuse("update_mask",
                       "'" + name + "' is no field of a cluster; expected names as \"num_workers,spark_conf\".");
    const bool has_parts = field->kind == Kind::kObject && !field->is_array;
    if (path.size() > 1 && !has_parts)
        request.refuse("update_mask",
                       "'" + name + "': parts of " + path.front() + " cannot be named; name the whole field.");
    return path;
}

const Json* find(const Json& object, const Path& path) {
    const Json* value = &object;
    for (const std::string& name : path) {
        if (!value->is_object() || !value->contains(name)) return nullptr;
        value = &(*value)[name];
    }
    return value->is_null() ? nullptr : value;
}

void put(Json& object, const Path& path, const Json* value) {
    Json* holder = &object;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        Json& inner = (*holder)[path[i]];
        if (!inner.is_object()) inner = Json::object();
        holder = &inner;
    }
    if (value)
        (*holder)[path.back()] = *value;
    else
        holder->erase(path.back());
}
}  // namespace

Json masked_definition(Json definition, const JsonReader& request) {
    const std::string mask = request.string("update_mask");
    const auto sent = request.optional_object("cluster");
    const Json cluster = sent ? sent->json() : Json::object();
    if (mask == "*") return cluster;
    for (const std::string& name : split(mask, ',')) {
        const Path path = path_of(request, name);
        put(definition, path, find(cluster, path));
        if (field_of(path)->is_array && !definition.contains(path.front())) definition[path.front()] = Json::array();
        // A cluster has a fixed size, or one that follows its load.
        if (path.front() == "num_workers") definition.erase("autoscale");
        if (path.front() == "autoscale") definition.erase("num_workers");
    }
    return definition;
}

}  // namespace stoker::api
