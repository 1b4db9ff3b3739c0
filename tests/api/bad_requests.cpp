#include "tests/api/bad_requests.h"

#include <limits>
#include <set>

#include "api/openapi/json_schema.h"

namespace stoker::test {
namespace {
using api::Field;
using api::Kind;
using api::Schema;
using Json = nlohmann::json;
constexpr auto kNoLeast = std::numeric_limits<std::int64_t>::min();
constexpr auto kNoMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMostSent = 100'000;  // bounds beyond are not passed here: the body would be too long

Json good_object(const Schema& schema);

Json good_item(const Field& field) {
    switch (field.kind) {
        case Kind::kText:
            return field.values.empty() ? "x" : std::string(field.values.front());
        case Kind::kInteger:
        case Kind::kNumber:
            return std::max<std::int64_t>(field.least == kNoLeast ? 1 : field.least, 0);
        case Kind::kBoolean:
            return true;
        case Kind::kObject:
            return field.object ? good_object(*field.object) : Json{{"x", "y"}};
        case Kind::kTextMap:
        case Kind::kAny:
            return Json{{"x", "y"}};
    }
    return nullptr;
}

Json good_value(const Field& field) {
    Field item = field;
    if (field.is_array) item.least = kNoLeast;
    return field.is_array ? Json::array({good_item(item)}) : good_item(field);
}

/// Of what is required, nothing else.
Json good_object(const Schema& schema) {
    Json object = Json::object();
    for (const Field& field : api::fields_of(schema))
        if (field.is_required) object[std::string(field.name)] = good_value(field);
    return object;
}

std::vector<Json> wrong_types(const Field& field) {
    if (field.is_array) {
        const Json object{{"x", "y"}};
        if (field.kind == Kind::kObject) return {"x", 5, object, Json::array({5})};
        return {5, object, Json::array({Json::object()})};  // a text of a GET is an array of one
    }
    switch (field.kind) {
        case Kind::kText:
            return {5, true, Json::array({"x"}), Json{{"x", "y"}}};
        case Kind::kInteger:
            return {"many", 1.5, true, Json::array({1}), Json{{"x", 1}}};
        case Kind::kBoolean:
            return {"maybe", 1, Json::array({true})};
        case Kind::kObject:
            return {"x", 5, Json::array({1})};
        case Kind::kTextMap:
            return {"x", 5, Json::array({"x"}), Json{{"x", Json::object()}}};
        case Kind::kNumber:
        case Kind::kAny:
            return {};
    }
    return {};
}

/// One more than there may be.
Json too_much(const Field& field) {
    const auto count = static_cast<std::size_t>(field.most) + 1;
    if (field.is_array) {
        Field item = field;
        item.is_array = false;
        return std::vector<Json>(count, good_item(item));
    }
    if (field.kind == Kind::kText) return std::string(count, 'x');
    if (field.kind == Kind::kInteger) return field.most + 1;
    Json map = Json::object();
    for (std::size_t i = 0; i < count; ++i) map["key" + std::to_string(i)] = "value";
    return map;
}

std::vector<Json> wrong_values(const Field& field) {
    std::vector<Json> wrong = wrong_types(field);
    const bool is_integer = field.kind == Kind::kInteger && !field.is_array;
    if (!field.values.empty()) {
        const Json unknown = "NO_SUCH_VALUE";
        wrong.push_back(field.is_array ? Json::array({unknown}) : unknown);
    }
    if (is_integer && field.least != kNoLeast) wrong.push_back(field.least - 1);
    const bool is_sent = is_integer ? field.most != kNoMost : field.values.empty() && field.most <= kMostSent;
    if (is_sent) wrong.push_back(too_much(field));
    return wrong;
}

class Collector {
  public:
    explicit Collector(Json good) : body_(std::move(good)) {}

    /// `pointer`: where the object is in the body; `path`: as messages name it.
    void collect(const Schema& schema, const Json::json_pointer& pointer, const std::string& path) {
        if (!seen_.insert(&schema).second) return;
        for (const Field& field : api::fields_of(schema)) collect(field, pointer, path);
    }
    std::vector<BadRequest> found;

  private:
    void collect(const Field& field, const Json::json_pointer& object, const std::string& path) {
        const Json::json_pointer pointer = object / std::string(field.name);
        const std::string name = path + std::string(field.name);
        if (field.support == api::Support::kRefused)
            return add(pointer, good_value(field), name + ": " + std::string(field.note));
        for (Json& value : wrong_values(field)) add(pointer, std::move(value), name);
        if (field.is_required) collect_missing(field, pointer, name);
        if (!field.object) return;
        const Json before = body_;
        body_[pointer] = good_value(field);
        collect(*field.object, field.is_array ? pointer / 0 : pointer, name + (field.is_array ? "[0]." : "."));
        body_ = before;
    }

    void collect_missing(const Field& field, const Json::json_pointer& pointer, const std::string& name) {
        const std::string message = name + ": the field is required.";
        Json body = body_;
        if (body.contains(pointer.parent_pointer())) body[pointer.parent_pointer()].erase(pointer.back());
        found.push_back({std::move(body), message});
        add(pointer, nullptr, message);
        if (field.is_array) add(pointer, Json::array(), message);
        if (!field.is_array && field.kind == Kind::kText && field.least != 0) add(pointer, "", message);
    }

    void add(const Json::json_pointer& pointer, Json value, const std::string& message) {
        Json body = body_;
        body[pointer] = std::move(value);
        found.push_back({std::move(body), message});
    }

    Json body_;
    std::set<const Schema*> seen_;
};
}  // namespace

std::vector<BadRequest> bad_requests(const Schema& schema, const Json& good) {
    Collector collector(good);
    collector.collect(schema, Json::json_pointer(), "");
    return collector.found;
}

}  // namespace stoker::test
