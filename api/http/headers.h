#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stoker::api {

bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string lower_case(std::string_view text);
/// Without blanks at either end.
std::string_view trimmed(std::string_view text);

/// Header fields in the order they came; names without regard to case.
class Headers {
  public:
    void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
    /// The first of that name; "" when there is none.
    std::string_view get(std::string_view name) const;
    bool has(std::string_view name) const;
    std::vector<std::string_view> get_all(std::string_view name) const;

    auto begin() const { return fields_.begin(); }
    auto end() const { return fields_.end(); }

  private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace stoker::api
