#include "cli/progress.h"

#include <cstdio>
#include <iostream>

namespace stoker::cli {

void Progress::step(const std::string& title, const std::function<void()>& work) const {
    std::cerr << title << " … " << std::flush;
    auto begun = clock_.monotonic();
    try {
        work();
    } catch (...) {
        std::cerr << "failed" << std::endl;
        throw;
    }
    std::chrono::duration<double> took = clock_.monotonic() - begun;
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s", took.count());
    std::cerr << text << std::endl;
}

}  // namespace stoker::cli
