#include "db/text.h"

namespace stoker::db {
namespace {
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Length of the UTF-8 character at the start of `text`; 0 when there is none.
std::size_t character_length(std::string_view text) {
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    unsigned char first = byte(0);
    if (first < 0x80) return first == 0 ? 0 : 1;
    std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                         : (first & 0xF0) == 0xE0         ? 3
                         : first >= 0xF0 && first <= 0xF4 ? 4
                                                          : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xC0) != 0x80) return 0;
    // No overlong forms, surrogates, or characters past U+10FFFF.
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) > 0x9F) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) > 0x8F) return 0;
    return length;
}
}  // namespace

std::string storable(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    while (!text.empty()) {
        std::size_t length = character_length(text);
        if (length == 0) {
            clean += kReplacement;
            text.remove_prefix(1);
        } else {
            clean += text.substr(0, length);
            text.remove_prefix(length);
        }
    }
    return clean;
}

std::optional<std::string> storable(const std::optional<std::string>& text) {
    if (!text) return std::nullopt;
    return storable(std::string_view(*text));
}

std::string array_literal(const std::vector<std::optional<std::string>>& items) {
    std::string literal = "{";
    for (const auto& item : items) {
        if (literal.size() > 1) literal += ',';
        if (!item) {
            literal += "NULL";
            continue;
        }
        literal += '"';
        for (char c : *item) {
            if (c == '"' || c == '\\') literal += '\\';
            literal += c;
        }
        literal += '"';
    }
    return literal + "}";
}

}  // namespace stoker::db
