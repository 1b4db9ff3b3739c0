#include "api/wire/page_token.h"

#include <charconv>

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

/// The text of the token after its kind; nullopt when there is none.
std::optional<std::string> content(const JsonReader& parameters, std::string_view kind) {
    const auto token = parameters.optional_string(kField);
    if (!token || token->empty()) return std::nullopt;
    auto text = base64url_decode(*token);
    if (!text || !text->starts_with(kind)) parameters.refuse(kField, "is not a page token of this list.");
    return text->substr(kind.size());
}
}  // namespace

std::string key_token(EpochMillis time, std::int64_t id) {
    return base64url_encode("k:" + std::to_string(time) + ":" + std::to_string(id));
}

std::string offset_token(std::size_t offset) {
    return base64url_encode("o:" + std::to_string(offset));
}

std::optional<std::pair<EpochMillis, std::int64_t>> parse_key_token(const JsonReader& parameters) {
    const auto text = content(parameters, "k:");
    if (!text) return std::nullopt;
    std::string_view rest = *text;
    const auto time = take_number(rest);
    if (time && rest.starts_with(':')) {
        rest.remove_prefix(1);
        if (const auto id = take_number(rest); id && rest.empty()) return std::pair(*time, *id);
    }
    parameters.refuse(kField, "is not a page token of this list.");
}

std::size_t parse_offset_token(const JsonReader& parameters) {
    const auto text = content(parameters, "o:");
    if (!text) return 0;
    std::string_view rest = *text;
    const auto offset = take_number(rest);
    if (!offset || !rest.empty()) parameters.refuse(kField, "is not a page token of this list.");
    return static_cast<std::size_t>(*offset);
}

}  // namespace stoker::api
