#include "api/openapi/json_schema.h"

#include <algorithm>
#include <stdexcept>

namespace stoker::api {
namespace {
using Json = nlohmann::json;
constexpr auto kNoLeast = std::numeric_limits<std::int64_t>::min();
constexpr auto kNoMost = std::numeric_limits<std::int64_t>::max();

/// What is refused may still be sent empty.
Json blank(const Field& field) {
    if (field.is_array) return {{"type", "array"}, {"maxItems", 0}};
    if (field.kind == Kind::kText) return {{"type", "string"}, {"maxLength", 0}};
    return {{"type", "object"}, {"maxProperties", 0}};
}

Json typed(const Field& field) {
    switch (field.kind) {
        case Kind::kText:
            return {{"type", "string"}};
        case Kind::kInteger:
            return {{"type", "integer"}, {"format", "int64"}};
        case Kind::kNumber:
            return {{"type", "number"}};
        case Kind::kBoolean:
            return {{"type", "boolean"}};
        case Kind::kTextMap:
            return {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
        case Kind::kObject:
            return {{"type", "object"}};
        case Kind::kAny:
            return Json::object();
    }
    return Json::object();
}

/// `most` means what the field is made of; `least` is a number's, or 0 of a required text that may be empty.
void bound(Json& schema, const Field& field) {
    const bool is_number = !field.is_array && (field.kind == Kind::kInteger || field.kind == Kind::kNumber);
    if (is_number) {
        if (field.least != kNoLeast) schema["minimum"] = field.least;
        if (field.most != kNoMost) schema["maximum"] = field.most;
        return;
    }
    const char* most = field.is_array ? "maxItems" : field.kind == Kind::kText ? "maxLength" : "maxProperties";
    if (field.most != kNoMost) schema[most] = field.most;
    if (!field.is_required) return;
    if (!field.is_array && field.kind == Kind::kText && field.least != 0) schema["minLength"] = 1;
}
}  // namespace

std::vector<Field> fields_of(const Schema& schema) {
    std::vector<Field> fields;
    for (const Schema* part = &schema; part; part = part->extends)
        for (const Field& field : part->fields)
            if (std::ranges::find(fields, field.name, &Field::name) == fields.end()) fields.push_back(field);
    return fields;
}

std::string description_of(const Field& field) {
    const std::string note(field.note);
    switch (field.support) {
        case Support::kActs:
            return note;
        case Support::kEchoed:
            return "Stored and shown, without effect: " + note;
        case Support::kRefused:
            return "Refused: " + note;
    }
    return note;
}

Json JsonSchemas::item(const Field& field) {
    if (field.kind == Kind::kObject && field.object) return reference(*field.object);
    Json schema = typed(field);
    if (!field.values.empty()) schema["enum"] = std::vector<std::string>(field.values.begin(), field.values.end());
    return schema;
}

Json JsonSchemas::value(const Field& field) {
    Json schema;
    if (field.support == Support::kRefused) {
        schema = blank(field);
        schema["x-stoker-support"] = "refused";
    } else {
        schema = field.is_array ? Json{{"type", "array"}, {"items", item(field)}} : item(field);
        bound(schema, field);
        if (field.support == Support::kEchoed) schema["x-stoker-support"] = "stored";
    }
    if (const std::string text = description_of(field); !text.empty()) schema["description"] = text;
    return schema;
}

Json JsonSchemas::object(const Schema& schema) {
    Json properties = Json::object();
    Json required = Json::array();
    for (const Field& field : fields_of(schema)) {
        properties[std::string(field.name)] = value(field);
        if (field.is_required) required.push_back(field.name);
    }
    Json object{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) object["required"] = std::move(required);
    return object;
}

Json JsonSchemas::reference(const Schema& schema) {
    const std::string name(schema.name);
    const auto [entry, is_new] = known_.emplace(name, &schema);
    if (!is_new && entry->second != &schema) throw std::logic_error("two schemas are named " + name);
    if (is_new) components_[name] = object(schema);  // after it is known: schemas may hold themselves
    return {{"$ref", "#/components/schemas/" + name}};
}

}  // namespace stoker::api
