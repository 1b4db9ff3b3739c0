#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace stoker {

std::string hex(std::string_view bytes);
/// 32 raw bytes.
std::string sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);
/// 32 raw bytes.
std::string hmac_sha256(std::string_view key, std::string_view message);
/// Constant time in the length of the shorter text.
bool equal_in_constant_time(std::string_view a, std::string_view b);

std::string base64_encode(std::string_view bytes);
/// Standard alphabet, padding and line breaks optional; nullopt when the text is not base64.
std::optional<std::string> base64_decode(std::string_view text);
/// URL-safe alphabet without padding (RFC 4648 §5).
std::string base64url_encode(std::string_view bytes);
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace stoker
