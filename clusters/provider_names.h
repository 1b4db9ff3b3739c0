#pragma once

namespace stoker::clusters {

// Where a cluster's workers run: what the tag stoker.provider may say.
inline constexpr const char* kLocalProvider = "local";
inline constexpr const char* kSlurmProvider = "slurm";
inline constexpr const char* kKubernetesProvider = "kubernetes";

}  // namespace stoker::clusters
