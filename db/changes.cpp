#include "db/changes.h"

#include <algorithm>

namespace stoker::db {
namespace {
template <typename T>
std::vector<T> each_once(std::vector<T> ids) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}
}  // namespace

FinishResult changes_row(const pqxx::row& row) {
    return {{},
            each_once(run_ids_of(row["ended_runs"])),
            each_once(texts_of(row["ready_clusters"])),
            each_once(texts_of(row["changed_clusters"]))};
}

}  // namespace stoker::db
