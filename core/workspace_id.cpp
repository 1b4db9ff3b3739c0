#include "core/workspace_id.h"

#include <cstdint>

#include "core/hash.h"

namespace stoker {

std::string workspace_id_of(std::string_view signing_key) {
    std::uint64_t number = 0;
    for (char c : sha256("workspace " + std::string(signing_key)).substr(0, 8))
        number = number << 8 | static_cast<unsigned char>(c);
    return std::to_string(1'000'000'000'000'000 + number % 8'000'000'000'000'000);
}

}  // namespace stoker
