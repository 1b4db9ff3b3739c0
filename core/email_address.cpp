#include "core/email_address.h"

#include <algorithm>

namespace stoker {
namespace {
constexpr std::size_t kMaxAddress = 254;
constexpr std::size_t kMaxLocal = 64;
constexpr std::size_t kMaxLabel = 63;
constexpr std::string_view kLocalSigns = "!#$%&'*+-/=?^_`{|}~.";

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool has_dots_between_texts_only(std::string_view text) {
    return !text.starts_with('.') && !text.ends_with('.') && text.find("..") == std::string_view::npos;
}

bool is_local(std::string_view text) {
    return !text.empty() && text.size() <= kMaxLocal && has_dots_between_texts_only(text) &&
           std::ranges::all_of(
               text, [](char c) { return is_alphanumeric(c) || kLocalSigns.find(c) != std::string_view::npos; });
}

bool is_label(std::string_view text) {
    return !text.empty() && text.size() <= kMaxLabel && !text.starts_with('-') && !text.ends_with('-') &&
           std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_domain(std::string_view text) {
    while (true) {
        const auto dot = text.find('.');
        if (!is_label(text.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}
}  // namespace

bool is_email_address(std::string_view text) {
    const auto at = text.find('@');
    return text.size() <= kMaxAddress && at != std::string_view::npos && is_local(text.substr(0, at)) &&
           is_domain(text.substr(at + 1));
}

}  // namespace stoker
