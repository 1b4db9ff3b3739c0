#pragma once
#include <cstdint>
#include <filesystem>

namespace stoker::clusters {

/// A tree of files that strangers wrote becomes one that may be read by all and changed by none: as root it is root's;
/// nothing but folders, plain files and symbolic links stays. A link that leads out of the tree becomes a plain file
/// with its target as text, as git writes links where a file system has none. The size of its files.
std::uint64_t close_tree(const std::filesystem::path& tree);

/// Makes `copy`, whose parent exists, a tree of the same files, by hard links: it takes no room, and is left when
/// `tree` goes.
void link_tree(const std::filesystem::path& tree, const std::filesystem::path& copy);

}  // namespace stoker::clusters
