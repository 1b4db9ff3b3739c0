#include "clusters/node_fit.h"

namespace stoker::clusters {
namespace {
/// A machine that is sold with 16 GB shows some less.
constexpr double kMemoryThatCounts = 0.9;
}  // namespace

bool fits(const NodeType& type, const Machine& machine) {
    if (!type.must_fit) return true;
    return type.cores <= machine.cores &&
           static_cast<double>(type.memory_mb) * kMemoryThatCounts <= static_cast<double>(machine.memory_mb);
}

std::string size_text(int cores, std::int64_t memory_mb) {
    return std::to_string(cores) + " cores, " + std::to_string(memory_mb) + " MB";
}

}  // namespace stoker::clusters
