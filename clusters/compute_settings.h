#pragma once
#include <filesystem>
#include <stdexcept>

#include "clusters/catalog.h"

namespace stoker::clusters {

/// what() names file, line and field, and says what is expected there.
class SettingsError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Whether the environments of Spark versions are made where the file is read: the interpreters must be there then.
enum class Interpreters { kHere, kElsewhere };

/// The operator's settings file (YAML; docs/operations/compute.md "Node types and Spark versions"). Throws
/// SettingsError.
ComputeSettings read_compute_settings(const std::filesystem::path& file, Interpreters interpreters);

}  // namespace stoker::clusters
