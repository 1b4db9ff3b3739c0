#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace stoker {

/// Secrets of users (Git credentials, webhook passwords) as they are stored: AES-256-GCM under a key derived from `key`
/// (HKDF-SHA256), base64. `purpose` is authenticated, not stored: what was sealed for one purpose opens for no other.
/// The same text seals differently each time. Throws std::runtime_error when the cryptography library fails.
std::string seal_text(std::string_view key, std::string_view purpose, std::string_view text);
/// nullopt: changed, sealed under another key, or for another purpose.
std::optional<std::string> open_sealed_text(std::string_view key, std::string_view purpose, std::string_view sealed);

}  // namespace stoker
