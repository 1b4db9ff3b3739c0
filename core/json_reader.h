#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace stoker {

/// Reads one JSON object of a request, field by field, and names the path of what is wrong
/// (`tasks[0].notebook_task.notebook_path`). Numbers and booleans may arrive as strings; null means absent.
/// Every refusal is an ApiError INVALID_PARAMETER_VALUE. Borrows the JSON: it must outlive the reader.
/// Fields nobody asked for are `unread()`.
class JsonReader {
  public:
    using Json = nlohmann::json;

    /// `object` must be an object, else ApiError.
    explicit JsonReader(const Json& object, std::string path = "");

    bool has(std::string_view field) const;  // present and not null

    std::optional<std::string> optional_string(std::string_view field) const;
    std::optional<std::int64_t> optional_int(std::string_view field) const;
    std::optional<bool> optional_bool(std::string_view field) const;
    std::string string(std::string_view field) const;  // required, not empty
    std::int64_t integer(std::string_view field) const;
    std::int64_t integer_or(std::string_view field, std::int64_t fallback) const;
    bool boolean_or(std::string_view field, bool fallback) const;

    std::optional<JsonReader> optional_object(std::string_view field) const;
    JsonReader object(std::string_view field) const;
    /// Absent = empty.
    std::vector<JsonReader> objects(std::string_view field) const;
    std::vector<std::string> strings(std::string_view field) const;
    /// A map of strings; numbers and booleans become their text, as the reference does.
    std::vector<std::pair<std::string, std::string>> string_map(std::string_view field) const;
    /// The value as it came; nullptr when absent.
    const Json* raw(std::string_view field) const;
    const Json& json() const { return *object_; }
    const std::string& path() const { return path_; }  // of this object; "" = the whole request

    std::string path_of(std::string_view field) const;
    /// Throws ApiError INVALID_PARAMETER_VALUE "<path>: <what>".
    [[noreturn]] void refuse(std::string_view field, const std::string& what) const;

    /// Names of the fields of this object that no call asked for.
    std::vector<std::string> unread() const;

  private:
    const Json* find(std::string_view field) const;

    const Json* object_;
    std::string path_;
    mutable std::set<std::string, std::less<>> read_;
};

}  // namespace stoker
