#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace stoker::clusters {

/// What a cluster's jobs ask Slurm for beyond the size of its node type.
struct SlurmOptions {
    std::string partition;             // tag stoker.slurm_partition; "" = Slurm's default
    std::string account;               // tag stoker.slurm_account; likewise
    std::vector<std::string> further;  // tag stoker.slurm_options, as sbatch takes them: "--qos=high"
};

/// Whether a partition's or an account's name may be passed on.
bool is_slurm_name(std::string_view text);
/// Options apart by spaces, each `--name=value` or `--name`: those that choose where, when and on what a job runs, and
/// none that would change what it runs, as whom, or where it prints. Throws std::invalid_argument saying what is wrong.
std::vector<std::string> parse_slurm_options(std::string_view text);

}  // namespace stoker::clusters
