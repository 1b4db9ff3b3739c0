#pragma once
#include <cstddef>
#include <string>

namespace stoker {

/// Bytes from the operating system's generator (OpenSSL RAND_bytes). Throws std::runtime_error if it has none.
std::string random_bytes(std::size_t count);
/// Lower-case hex of `bytes` random bytes.
std::string random_hex(std::size_t bytes);
/// A version 4 UUID.
std::string random_uuid();

}  // namespace stoker
