#include "api/wire/page_token.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "core/hash.h"

namespace stoker::api {
namespace {
constexpr std::string_view kField = "page_token";

std::optional<std::int64_t> take_number(std::string_view& text) {
    std::int64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

/// The text of the token, which is of one of the kinds; nullopt when there is none.
std::optional<std::string> content(const JsonReader& parameters, std::initializer_list<std::string_view> kinds) {
    const auto token = parameters.optional_string(kField);
    if (!token || token->empty()) return std::nullopt;
    auto text = base64url_decode(*token);
    if (!text || std::ranges::none_of(kinds, [&](std::string_view kind) { return text->starts_with(kind); }))
        parameters.refuse(kField, "is not a page token of this list.");
    return text;
}
}  // namespace

std::string key_token(const ListKey& key) {
    const char* kind = key.direction == ListKey::Direction::kOn ? "k:" : "b:";
    return base64url_encode(kind + std::to_string(key.time) + ":" + std::to_string(key.id));
}

std::string offset_token(std::size_t offset) {
    return base64url_encode("o:" + std::to_string(offset));
}

std::optional<ListKey> parse_key_token(const JsonReader& parameters) {
    const auto text = content(parameters, {"k:", "b:"});
    if (!text) return std::nullopt;
    ListKey key;
    key.direction = text->front() == 'k' ? ListKey::Direction::kOn : ListKey::Direction::kBack;
    std::string_view rest = std::string_view(*text).substr(2);
    const auto time = take_number(rest);
    if (time && rest.starts_with(':')) {
        rest.remove_prefix(1);
        if (const auto id = take_number(rest); id && rest.empty()) {
            key.time = *time;
            key.id = *id;
            return key;
        }
    }
    parameters.refuse(kField, "is not a page token of this list.");
}

std::size_t parse_offset_token(const JsonReader& parameters) {
    const auto text = content(parameters, {"o:"});
    if (!text) return 0;
    std::string_view rest = std::string_view(*text).substr(2);
    const auto offset = take_number(rest);
    if (!offset || !rest.empty()) parameters.refuse(kField, "is not a page token of this list.");
    return static_cast<std::size_t>(*offset);
}

}  // namespace stoker::api
