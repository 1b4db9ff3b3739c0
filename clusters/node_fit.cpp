#include "clusters/node_fit.h"

namespace stoker::clusters {
namespace {
/// A machine that is sold with 16 GB shows some less.
constexpr double kMemoryThatCounts = 0.9;

std::string size_text(int cores, std::int64_t memory_mb, int gpus) {
    std::string text = std::to_string(cores) + " cores, " + std::to_string(memory_mb) + " MB";
    if (gpus > 0) text += ", " + std::to_string(gpus) + (gpus == 1 ? " GPU" : " GPUs");
    return text;
}
}  // namespace

bool fits(const NodeType& type, const Machine& machine) {
    return is_large_enough(type, machine) && missing_labels(type, machine).empty();
}

bool is_large_enough(const NodeType& type, const Machine& machine) {
    if (!type.must_fit) return true;
    return type.cores <= machine.cores && type.gpus <= machine.gpus &&
           static_cast<double>(type.memory_mb) * kMemoryThatCounts <= static_cast<double>(machine.memory_mb);
}

std::string missing_labels(const NodeType& type, const Machine& machine) {
    std::string missing;
    for (const auto& [name, value] : type.labels) {
        const auto found = machine.labels.find(name);
        if (found != machine.labels.end() && found->second == value) continue;
        missing += (missing.empty() ? "" : ", ") + name + "=" + value;
    }
    return missing;
}

std::string size_text(const NodeType& type) {
    return size_text(type.cores, type.memory_mb, type.gpus);
}

std::string size_text(const Machine& machine) {
    return size_text(machine.cores, machine.memory_mb, machine.gpus);
}

}  // namespace stoker::clusters
