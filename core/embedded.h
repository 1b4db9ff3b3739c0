#pragma once
#include <span>
#include <string_view>

namespace stoker {

/// A file of the source tree compiled into the binary (cmake/embed.cmake). Lives as long as the process.
struct EmbeddedFile {
    std::string_view name;     // path relative to the folder that embeds it
    std::string_view content;  // bytes as in the file
};

}  // namespace stoker
