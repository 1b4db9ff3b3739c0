#pragma once
#include <string>

#include "clusters/catalog.h"

namespace stoker::clusters {

/// Whether one worker of the node type can be on the machine.
bool fits(const NodeType& type, const Machine& machine);
/// "4 cores, 16384 MB"
std::string size_text(int cores, std::int64_t memory_mb);

}  // namespace stoker::clusters
