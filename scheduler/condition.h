#pragma once
#include <optional>
#include <string_view>

namespace stoker::scheduler {

/// Whether a condition task's comparison holds. EQUAL_TO and NOT_EQUAL compare texts (12.0 is not 12), the others
/// numbers. nullopt: a number is needed where there is none, or the operator is unknown. No I/O.
std::optional<bool> compare(std::string_view op, std::string_view left, std::string_view right);

}  // namespace stoker::scheduler
