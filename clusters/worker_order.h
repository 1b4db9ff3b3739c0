#pragma once
#include <filesystem>
#include <optional>

namespace stoker::clusters {

/// What a worker that no signal reaches finds in its folder, where it looks each second.
enum class WorkerOrder { kRetire, kStop };

/// Nothing yet. A file that is there from the beginning is seen to change on a file system of the network, too.
void make_place_for_orders(const std::filesystem::path& work_folder);
/// In the place of an earlier one. Throws std::system_error.
void write_order(const std::filesystem::path& work_folder, WorkerOrder order);
/// nullopt: there is none.
std::optional<WorkerOrder> read_order(const std::filesystem::path& work_folder);

}  // namespace stoker::clusters
