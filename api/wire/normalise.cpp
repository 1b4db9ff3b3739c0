#include "api/wire/normalise.h"

#include <charconv>
#include <cstdint>
#include <string>

namespace stoker::api {
namespace {
using Json = nlohmann::json;

Json integer_of(const Json& value) {
    // Some clients know no integers: 501.0 is 501.
    if (value.is_number_float()) return value.get<std::int64_t>();
    if (!value.is_string()) return value;
    const auto& text = value.get_ref<const std::string&>();
    std::int64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() && !text.empty() ? Json(number) : value;
}

Json boolean_of(const Json& value) {
    if (!value.is_string()) return value;
    const auto& text = value.get_ref<const std::string&>();
    if (text == "true" || text == "True") return true;
    if (text == "false" || text == "False") return false;
    return value;
}

Json strings_of(const Json& map) {
    Json result = Json::object();
    for (const auto& [key, value] : map.items()) {
        if (value.is_null())
            result[key] = "";
        else if (value.is_number() || value.is_boolean())
            result[key] = value.dump();
        else
            result[key] = value;
    }
    return result;
}
Json without_nulls(const Json& value) {
    if (!value.is_structured()) return value;
    Json result = value.is_array() ? Json::array() : Json::object();
    for (const auto& [name, member] : value.items()) {
        if (value.is_array())
            result.push_back(without_nulls(member));
        else if (!member.is_null())
            result[name] = without_nulls(member);
    }
    return result;
}

Json normalised(const Json& value, const Field& field) {
    switch (field.kind) {
        case Kind::kInteger:
            return integer_of(value);
        case Kind::kBoolean:
            return boolean_of(value);
        case Kind::kTextMap:
            return value.is_object() ? strings_of(value) : value;
        case Kind::kObject:
            return field.object && value.is_object() ? normalised(value, *field.object) : without_nulls(value);
        case Kind::kText:
            return value.is_number() || value.is_boolean() ? Json(value.dump()) : value;
        case Kind::kNumber:
        case Kind::kAny:
            break;
    }
    return without_nulls(value);
}

Json items_of(const Json& value, const Field& field) {
    Json items = Json::array();
    for (const Json& item : value)
        if (!item.is_null()) items.push_back(normalised(item, field));
    return items;
}
}  // namespace

Json normalised(const Json& sent, const Schema& schema) {
    Json result = Json::object();
    for (const Schema* part = &schema; part; part = part->extends) {
        for (const Field& field : part->fields) {
            const auto value = sent.find(field.name);
            if (value == sent.end() || value->is_null()) continue;
            const bool has_items = field.is_array && value->is_array();
            result[std::string(field.name)] = has_items ? items_of(*value, field) : normalised(*value, field);
        }
    }
    return result;
}

}  // namespace stoker::api
