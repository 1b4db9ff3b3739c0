#include <algorithm>
#include <array>

#include "api/wire/job_settings.h"

namespace stoker::api {
namespace {
using Json = nlohmann::json;

struct KeyedArray {
    std::string_view field;
    const char* key;
};
constexpr std::array kKeyedArrays{KeyedArray{"tasks", "task_key"}, KeyedArray{"job_clusters", "job_cluster_key"},
                                  KeyedArray{"environments", "environment_key"}, KeyedArray{"parameters", "name"}};

const KeyedArray* keyed_array(std::string_view field) {
    auto found = std::ranges::find(kKeyedArrays, field, &KeyedArray::field);
    return found == kKeyedArrays.end() ? nullptr : &*found;
}

Json key_of(const Json& item, const char* key) {
    return item.is_object() ? item.value(key, Json()) : Json();
}

/// Items with a stored key take its place, others are appended.
void merge_items(Json& stored, const Json& sent, const char* key) {
    for (const Json& item : sent) {
        auto same =
            std::ranges::find_if(stored, [&](const Json& one) { return key_of(one, key) == key_of(item, key); });
        if (same != stored.end())
            *same = item;
        else
            stored.push_back(item);
    }
}

/// A top-level name, or `tasks/<task_key>` and its like. What is not there is no matter.
void remove_field(Json& settings, const std::string& field) {
    const auto slash = field.find('/');
    const KeyedArray* array = slash == std::string::npos ? nullptr : keyed_array(field.substr(0, slash));
    if (!array) {
        settings.erase(field);
        return;
    }
    auto items = settings.find(field.substr(0, slash));
    if (items == settings.end() || !items->is_array()) return;
    const std::string wanted = field.substr(slash + 1);
    items->erase(std::remove_if(items->begin(), items->end(),
                                [&](const Json& item) { return key_of(item, array->key) == wanted; }),
                 items->end());
    if (items->empty()) settings.erase(items);
}
}  // namespace

Json changed_settings(Json stored, const Json& new_settings, const std::vector<std::string>& fields_to_remove) {
    const auto is_of_tasks = [](const std::string& field) { return field.starts_with("tasks/"); };
    if (new_settings.contains("tasks") || std::ranges::any_of(fields_to_remove, is_of_tasks))
        stored = with_tasks(std::move(stored));
    for (const std::string& field : fields_to_remove) remove_field(stored, field);
    for (const auto& [field, value] : new_settings.items()) {
        if (value.is_null()) continue;
        const KeyedArray* array = keyed_array(field);
        if (array && value.is_array() && stored.contains(field))
            merge_items(stored[field], value, array->key);
        else
            stored[field] = value;
    }
    return stored;
}

}  // namespace stoker::api
