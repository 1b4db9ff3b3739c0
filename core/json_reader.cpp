#include "core/json_reader.h"

#include <charconv>
#include <cmath>

#include "core/error.h"

namespace stoker {
namespace {
std::string type_of(const JsonReader::Json& value) {
    return value.is_null()      ? "null"
           : value.is_number()  ? "a number"
           : value.is_object()  ? "an object"
           : value.is_array()   ? "an array"
           : value.is_boolean() ? "a boolean"
                                : "a string";
}
}  // namespace

JsonReader::JsonReader(const Json& object, std::string path) : object_(&object), path_(std::move(path)) {
    if (!object.is_object())
        throw ApiError::invalid_parameter((path_.empty() ? "The request body" : path_) + ": expected an object, got " +
                                          type_of(object) + ".");
}

const JsonReader::Json* JsonReader::find(std::string_view field) const {
    const auto found = object_->find(field);
    if (found == object_->end()) return nullptr;
    read_.emplace(field);
    return found->is_null() ? nullptr : &*found;
}

bool JsonReader::has(std::string_view field) const {
    return find(field) != nullptr;
}
const JsonReader::Json* JsonReader::raw(std::string_view field) const {
    return find(field);
}

std::string JsonReader::path_of(std::string_view field) const {
    return path_.empty() ? std::string(field) : path_ + "." + std::string(field);
}

void JsonReader::refuse(std::string_view field, const std::string& what) const {
    throw ApiError::invalid_parameter(path_of(field) + ": " + what);
}

std::optional<std::string> JsonReader::optional_string(std::string_view field) const {
    const Json* value = find(field);
    if (!value) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    refuse(field, "expected a string, got " + type_of(*value) + ".");
}

std::optional<std::int64_t> JsonReader::optional_int(std::string_view field) const {
    const Json* value = find(field);
    if (!value) return std::nullopt;
    if (value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
        refuse(field, "the number is too large.");
    if (value->is_number_integer()) return value->get<std::int64_t>();
    // Some clients know no integers: 501.0 is 501, as far as a double holds integers exactly.
    if (value->is_number_float()) {
        const double number = value->get<double>();
        if (std::abs(number) < 9007199254740992.0 && std::trunc(number) == number)
            return static_cast<std::int64_t>(number);
    }
    if (value->is_string()) {
        const auto& text = value->get_ref<const std::string&>();
        std::int64_t number = 0;
        auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error == std::errc{} && end == text.data() + text.size() && !text.empty()) return number;
        refuse(field, "expected an integer, got the string '" + text + "'.");
    }
    refuse(field, "expected an integer, got " + type_of(*value) + ".");
}

std::optional<bool> JsonReader::optional_bool(std::string_view field) const {
    const Json* value = find(field);
    if (!value) return std::nullopt;
    if (value->is_boolean()) return value->get<bool>();
    if (value->is_string()) {
        const auto& text = value->get_ref<const std::string&>();
        if (text == "true" || text == "True") return true;
        if (text == "false" || text == "False") return false;
    }
    refuse(field, "expected true or false, got " + type_of(*value) + ".");
}

std::string JsonReader::string(std::string_view field) const {
    auto value = optional_string(field);
    if (!value || value->empty()) refuse(field, "the field is required.");
    return *value;
}

std::int64_t JsonReader::integer(std::string_view field) const {
    auto value = optional_int(field);
    if (!value) refuse(field, "the field is required.");
    return *value;
}

std::int64_t JsonReader::integer_or(std::string_view field, std::int64_t fallback) const {
    return optional_int(field).value_or(fallback);
}

bool JsonReader::boolean_or(std::string_view field, bool fallback) const {
    return optional_bool(field).value_or(fallback);
}

std::optional<JsonReader> JsonReader::optional_object(std::string_view field) const {
    const Json* value = find(field);
    if (!value) return std::nullopt;
    return JsonReader(*value, path_of(field));
}

JsonReader JsonReader::object(std::string_view field) const {
    auto value = optional_object(field);
    if (!value) refuse(field, "the field is required.");
    return *value;
}

std::vector<JsonReader> JsonReader::objects(std::string_view field) const {
    const Json* value = find(field);
    std::vector<JsonReader> readers;
    if (!value) return readers;
    if (!value->is_array()) refuse(field, "expected an array, got " + type_of(*value) + ".");
    for (std::size_t i = 0; i < value->size(); ++i)
        readers.emplace_back((*value)[i], path_of(field) + "[" + std::to_string(i) + "]");
    return readers;
}

std::vector<std::string> JsonReader::strings(std::string_view field) const {
    const Json* value = find(field);
    std::vector<std::string> texts;
    if (!value) return texts;
    if (!value->is_array()) refuse(field, "expected an array of strings, got " + type_of(*value) + ".");
    for (std::size_t i = 0; i < value->size(); ++i) {
        const Json& item = (*value)[i];
        if (item.is_string())
            texts.push_back(item.get<std::string>());
        else if (item.is_number() || item.is_boolean())
            texts.push_back(item.dump());
        else if (!item.is_null())
            refuse(field, "element " + std::to_string(i) + ": expected a string, got " + type_of(item) + ".");
    }
    return texts;
}

std::vector<std::pair<std::string, std::string>> JsonReader::string_map(std::string_view field) const {
    const Json* value = find(field);
    std::vector<std::pair<std::string, std::string>> entries;
    if (!value) return entries;
    if (!value->is_object()) refuse(field, "expected a map of strings, got " + type_of(*value) + ".");
    for (const auto& [key, item] : value->items()) {
        if (item.is_string())
            entries.emplace_back(key, item.get<std::string>());
        else if (item.is_number() || item.is_boolean())
            entries.emplace_back(key, item.dump());
        else if (item.is_null())
            entries.emplace_back(key, "");
        else
            refuse(field, "'" + key + "': expected a string, got " + type_of(item) + ".");
    }
    return entries;
}

std::vector<std::string> JsonReader::unread() const {
    std::vector<std::string> names;
    for (const auto& [key, value] : object_->items())
        if (!read_.contains(key)) names.push_back(path_of(key));
    return names;
}

}  // namespace stoker
