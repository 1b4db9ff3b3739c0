#include "api/schema/check.h"

#include <algorithm>
#include <limits>

namespace stoker::api {
namespace {
using Json = nlohmann::json;

std::string words(Values values) {
    std::string text;
    for (std::size_t i = 0; i < values.size(); ++i)
        text += (i == 0 ? "" : i + 1 == values.size() ? " or " : ", ") + std::string(values[i]);
    return text;
}

void check_text(const JsonReader& reader, const Field& field, const std::string& path_end, const std::string& value) {
    if (value.size() > static_cast<std::uint64_t>(field.most))
        reader.refuse(path_end, "is longer than " + std::to_string(field.most) + " bytes.");
    if (value.empty() || field.values.empty()) return;
    if (std::ranges::find(field.values, value) == field.values.end())
        reader.refuse(path_end, "expected " + words(field.values) + ", got '" + value.substr(0, 100) + "'.");
}

void check_integer(const JsonReader& reader, const Field& field, std::int64_t value) {
    if (value >= field.least && value <= field.most) return;
    if (field.most == std::numeric_limits<std::int32_t>::max())
        reader.refuse(field.name, "expected a number of " + std::to_string(field.least) + " or more, got " +
                                      std::to_string(value) + ".");
    reader.refuse(field.name, "expected a number from " + std::to_string(field.least) + " to " +
                                  std::to_string(field.most) + ", got " + std::to_string(value) + ".");
}

void check_items(const JsonReader& reader, const Field& field, IgnoredNames& ignored) {
    std::size_t count = 0;
    if (field.kind == Kind::kObject) {
        const auto items = reader.objects(field.name);
        count = items.size();
        if (field.object)
            for (const JsonReader& item : items) check(item, *field.object, ignored);
    } else {
        const auto items = reader.strings(field.name);
        count = items.size();
        for (std::size_t i = 0; i < count; ++i) {
            Field one = field;
            one.most = std::numeric_limits<std::int64_t>::max();
            check_text(reader, one, std::string(field.name) + "[" + std::to_string(i) + "]", items[i]);
        }
    }
    if (count > static_cast<std::uint64_t>(field.most))
        reader.refuse(field.name, "more than " + std::to_string(field.most) + " items.");
    if (field.is_required && count == 0) reader.refuse(field.name, "the field is required.");
}

void check_value(const JsonReader& reader, const Field& field, IgnoredNames& ignored) {
    switch (field.kind) {
        case Kind::kText:
            if (const auto value = reader.optional_string(field.name))
                check_text(reader, field, std::string(field.name), *value);
            break;
        case Kind::kInteger:
            if (const auto value = reader.optional_int(field.name)) check_integer(reader, field, *value);
            break;
        case Kind::kBoolean:
            static_cast<void>(reader.optional_bool(field.name));
            break;
        case Kind::kTextMap:
            if (reader.string_map(field.name).size() > static_cast<std::uint64_t>(field.most))
                reader.refuse(field.name, "more than " + std::to_string(field.most) + " entries.");
            break;
        case Kind::kObject:
            if (const auto value = reader.optional_object(field.name); value && field.object)
                check(*value, *field.object, ignored);
            break;
        case Kind::kNumber:
        case Kind::kAny:
            static_cast<void>(reader.raw(field.name));
            break;
    }
}

void check_field(const JsonReader& request, const Field& field, IgnoredNames& ignored) {
    const Json* value = request.raw(field.name);
    if (field.support == Support::kRefused) {
        if (!is_blank(value)) request.refuse(field.name, std::string(field.note));
        return;
    }
    const bool may_be_empty = field.kind != Kind::kText || field.least == 0;
    if (field.is_required && (!value || (!may_be_empty && is_blank(value))))
        request.refuse(field.name, "the field is required.");
    if (!value) return;
    if (field.is_array)
        check_items(request, field, ignored);
    else
        check_value(request, field, ignored);
}
}  // namespace

bool is_blank(const Json* value) {
    return !value || value->is_null() || ((value->is_array() || value->is_object()) && value->empty()) ||
           (value->is_string() && value->get_ref<const std::string&>().empty());
}

void check(const JsonReader& request, const Schema& schema, IgnoredNames& ignored) {
    for (const Schema* part = &schema; part; part = part->extends)
        for (const Field& field : part->fields) check_field(request, field, ignored);
    std::ranges::copy(request.unread(), std::back_inserter(ignored));
}

}  // namespace stoker::api
