#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stoker::db {

/// What a text column can hold: NULs and bytes that are not UTF-8 become U+FFFD. User code prints what it likes.
std::string storable(std::string_view text);
std::optional<std::string> storable(const std::optional<std::string>& text);

/// A Postgres array literal; absent items are NULL.
std::string array_literal(const std::vector<std::optional<std::string>>& items);

}  // namespace stoker::db
