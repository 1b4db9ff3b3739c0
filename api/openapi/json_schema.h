#pragma once
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "api/schema/schema.h"

namespace stoker::api {

/// Schemas as JSON Schema, each once and by its name: components of an OpenAPI document.
class JsonSchemas {
  public:
    /// {"$ref": …}. Throws std::logic_error when another schema has the name.
    nlohmann::json reference(const Schema& schema);
    /// The value of one field.
    nlohmann::json value(const Field& field);
    const nlohmann::json& components() const { return components_; }

  private:
    nlohmann::json item(const Field& field);
    nlohmann::json object(const Schema& schema);

    std::map<std::string, const Schema*, std::less<>> known_;
    nlohmann::json components_ = nlohmann::json::object();
};

/// All fields of a schema: its own and those of what it extends; of two with one name the first.
std::vector<Field> fields_of(const Schema& schema);

/// "Stored and shown, without effect: …", "Refused: …", or the note; "" when there is nothing to say.
std::string description_of(const Field& field);

}  // namespace stoker::api
