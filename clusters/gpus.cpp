#include "clusters/gpus.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <sstream>

namespace stoker::clusters {
namespace {

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> names;
    std::istringstream in(text);
    // What follows a number that is none does not count either: "-1" hides all.
    for (std::string name; std::getline(in, name, ',') && !name.starts_with('-');)
        if (!name.empty()) names.push_back(name);
    return names;
}

int devices() {
    static const std::regex device("nvidia[0-9]+");
    std::error_code none;
    const std::filesystem::directory_iterator all("/dev", none);
    return static_cast<int>(std::count_if(begin(all), end(all), [](const auto& entry) {
        return std::regex_match(entry.path().filename().string(), device);
    }));
}

}  // namespace

std::vector<std::string> gpus_of_machine() {
    if (const char* visible = std::getenv(kVisibleGpus)) return split(visible);
    std::vector<std::string> names;
    for (int index = 0, count = devices(); index < count; ++index) names.push_back(std::to_string(index));
    return names;
}

GpuShares::GpuShares(std::vector<std::string> gpus) {
    for (std::string& name : gpus) gpus_.push_back({std::move(name)});
}

std::string GpuShares::deal(const WorkerId& worker_id, int count) {
    std::vector<Gpu*> chosen;
    for (Gpu& gpu : gpus_) chosen.push_back(&gpu);
    std::ranges::stable_sort(chosen, {}, &Gpu::workers);
    chosen.resize(std::min(chosen.size(), static_cast<std::size_t>(count)));
    std::string names;
    for (Gpu* gpu : chosen) {
        ++gpu->workers;
        names += (names.empty() ? "" : ",") + gpu->name;
    }
    dealt_[worker_id] = std::move(chosen);
    return names;
}

void GpuShares::take_back(const WorkerId& worker_id) {
    const auto dealt = dealt_.extract(worker_id);
    if (!dealt) return;
    for (Gpu* gpu : dealt.mapped()) --gpu->workers;
}

}  // namespace stoker::clusters
