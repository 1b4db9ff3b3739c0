#include "clusters/worker_order.h"

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

namespace stoker::clusters {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "order";
constexpr const char* kRetire = "retire";
constexpr const char* kStop = "stop";

void write(const fs::path& file, const std::string& text) {
    std::ofstream stream(file);
    stream << text;
    stream.flush();
    if (!stream) throw std::system_error(errno, std::generic_category(), file.string());
}

}  // namespace

void write_order(const fs::path& work_folder, WorkerOrder order) {
    write(work_folder / kFile, std::string(order == WorkerOrder::kRetire ? kRetire : kStop) + '\n');
}

void make_place_for_orders(const fs::path& work_folder) {
    write(work_folder / kFile, "");
}

std::optional<WorkerOrder> read_order(const fs::path& work_folder) {
    std::ifstream stream(work_folder / kFile);
    std::string word;
    std::getline(stream, word);
    if (word == kRetire) return WorkerOrder::kRetire;
    if (word == kStop) return WorkerOrder::kStop;
    return std::nullopt;
}

}  // namespace stoker::clusters
