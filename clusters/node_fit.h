#pragma once
#include <string>

#include "clusters/catalog.h"

namespace stoker::clusters {

/// Whether one worker of the node type can be on the machine: as large as that, with all of its labels.
bool fits(const NodeType& type, const Machine& machine);
bool is_large_enough(const NodeType& type, const Machine& machine);
/// Of the node type's labels those that the machine lacks, "disk=nvme, rack=a"; "" = none.
std::string missing_labels(const NodeType& type, const Machine& machine);

// "4 cores, 16384 MB, 1 GPU"
std::string size_text(const NodeType& type);
std::string size_text(const Machine& machine);

}  // namespace stoker::clusters
