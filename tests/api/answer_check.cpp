#include "tests/api/answer_check.h"

#include <algorithm>

#include "api/endpoints.h"
#include "api/http/router.h"
#include "api/openapi/json_schema.h"
#include "api/schema/common.h"
#include "api/schema/server.h"
#include "core/error.h"

namespace stoker::test {
namespace {
using api::Field;
using api::Kind;
using Json = nlohmann::json;

class Checker {
  public:
    void check(const Json& object, const api::Schema& schema, const std::string& path) {
        const std::vector<Field> fields = api::fields_of(schema);
        for (const Field& field : fields) {
            const std::string name = path + std::string(field.name);
            const auto value = object.find(std::string(field.name));
            if (value != object.end())
                check_field(*value, field, name);
            else if (field.is_required)
                found.push_back(name + " is missing");
        }
        for (const auto& [name, value] : object.items())
            if (std::ranges::find(fields, name, &Field::name) == fields.end())
                found.push_back(path + name + " is in no table");
    }
    std::vector<std::string> found;

  private:
    void check_field(const Json& value, const Field& field, const std::string& path) {
        if (!field.is_array) return check_item(value, field, path);
        if (!value.is_array()) return found.push_back(path + " is no array");
        for (std::size_t i = 0; i < value.size(); ++i)
            check_item(value[i], field, path + "[" + std::to_string(i) + "]");
    }

    void check_item(const Json& value, const Field& field, const std::string& path) {
        const bool fits = [&] {
            switch (field.kind) {
                case Kind::kText:
                    return value.is_string() && is_allowed(value.get<std::string>(), field);
                case Kind::kInteger:
                    return value.is_number_integer();
                case Kind::kNumber:
                    return value.is_number();
                case Kind::kBoolean:
                    return value.is_boolean();
                case Kind::kObject:
                    return value.is_object();
                case Kind::kTextMap:
                    return value.is_object() &&
                           std::ranges::all_of(value, [](const Json& one) { return one.is_string(); });
                case Kind::kAny:
                    return true;
            }
            return false;
        }();
        if (!fits) return found.push_back(path + " is " + value.dump().substr(0, 100));
        if (field.kind == Kind::kObject && field.object) check(value, *field.object, path + ".");
    }

    static bool is_allowed(const std::string& text, const Field& field) {
        if (field.is_required && !field.is_array && field.least != 0 && text.empty()) return false;
        return field.values.empty() || std::ranges::find(field.values, text) != field.values.end();
    }
};

const api::Endpoint* endpoint_of(const std::string& method, const std::string& target) {
    static const api::Router& router = [&]() -> const api::Router& {
        static api::Router all;
        api::register_endpoints(all);
        return all;
    }();
    api::Request request;
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    try {
        router.route(request);
    } catch (const ApiError&) {
        return nullptr;
    }
    return request.endpoint;
}
}  // namespace

std::vector<std::string> undocumented(const std::string& method, const std::string& target, const HttpAnswer& answer) {
    const api::Endpoint* endpoint = endpoint_of(method, target);
    const auto type = answer.headers.find("content-type");
    if (!endpoint || answer.body.empty() || type == answer.headers.end() || type->second != "application/json")
        return {};
    const api::Operation& operation = endpoint->operation;
    if (operation.summary.empty() || operation.gives == api::Content::kAnything) return {};
    Checker checker;
    const api::Schema& wanted = operation.answer ? *operation.answer : api::schema::kNothing;
    checker.check(answer.json(), answer.status < 400 ? wanted : api::schema::kError, "");
    return checker.found;
}

}  // namespace stoker::test
