#include "scheduler/condition.h"

#include <charconv>

namespace stoker::scheduler {
namespace {
std::optional<double> number_of(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return std::nullopt;
    text = text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
    if (text.starts_with('+')) text.remove_prefix(1);
    double number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}
}  // namespace

std::optional<bool> compare(std::string_view op, std::string_view left, std::string_view right) {
    if (op == "EQUAL_TO") return left == right;
    if (op == "NOT_EQUAL") return left != right;
    const auto a = number_of(left), b = number_of(right);
    if (!a || !b) return std::nullopt;
    if (op == "GREATER_THAN") return *a > *b;
    if (op == "GREATER_THAN_OR_EQUAL") return *a >= *b;
    if (op == "LESS_THAN") return *a < *b;
    if (op == "LESS_THAN_OR_EQUAL") return *a <= *b;
    return std::nullopt;
}

}  // namespace stoker::scheduler
