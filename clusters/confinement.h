#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "clusters/process.h"

namespace stoker::clusters {

/// What keeps code of others to what it is given: `stoker_kernel.confined`, which puts a command into a Landlock
/// domain.
struct Confinement {
    std::filesystem::path python;       // 3.11 or newer, executable by whoever runs the command
    std::filesystem::path kernel_path;  // folder that holds stoker_kernel/
};

/// Files and folders beyond the system's own. What does not exist grants nothing.
struct Reach {
    std::vector<std::filesystem::path> read;
    std::vector<std::filesystem::path> write;
};

/// The same command, able to read the system and `reach.read`, to write `reach.write`, and to touch no other process.
SpawnRequest confined(SpawnRequest request, const Confinement& confinement, const Reach& reach);
/// The exit status of a confined command that does not exist.
inline constexpr int kProgramNotFound = 127;

/// What the operator's own settings of package tools name: the files that variables lead to, and the usual ones of
/// HOME.
std::vector<std::filesystem::path> operator_settings(const std::map<std::string, std::string>& environ);

/// Notebooks expect a /tmp, shared as on the reference; not where it would lead to a data folder beneath it.
std::vector<std::filesystem::path> shared_scratch(const std::filesystem::path& data_folder);

}  // namespace stoker::clusters
