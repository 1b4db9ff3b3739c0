#include "cli/kernel_package.h"

#include "cli/data_folder.h"
#include "core/embedded.h"
#include "core/hash.h"
#include "core/random.h"

namespace fs = std::filesystem;

namespace stoker::embedded {
std::span<const EmbeddedFile> kernel_package();
}

namespace stoker::cli {

fs::path unpack_kernel_package(const fs::path& folder) {
    std::string digest;
    for (const EmbeddedFile& file : embedded::kernel_package())
        digest = sha256(digest + std::string(file.name) + '\0' + std::string(file.content));
    fs::path place = folder / hex(digest).substr(0, 16);
    if (fs::exists(place)) return place;

    // Unpacked beside its final name and renamed, so that a half-unpacked package is never used.
    fs::path fresh = folder / ("unpacking-" + random_hex(4));
    for (const EmbeddedFile& file : embedded::kernel_package()) {
        fs::path target = fresh / file.name;
        fs::create_directories(target.parent_path());
        write_file(target, std::string(file.content), fs::perms(0644));
    }
    std::error_code already_there;
    fs::rename(fresh, place, already_there);
    if (already_there) fs::remove_all(fresh);
    return place;
}

}  // namespace stoker::cli
