#include "db/notify_payloads.h"

#include <sstream>

namespace stoker::db {

std::vector<std::string> notify_payloads(const std::vector<std::string>& ids) {
    constexpr std::size_t kMaxBytes = 7000;
    std::vector<std::string> payloads;
    for (const std::string& id : ids) {
        if (payloads.empty() || payloads.back().size() + id.size() + 1 > kMaxBytes)
            payloads.push_back(id);
        else
            payloads.back() += "," + id;
    }
    return payloads;
}

std::vector<std::string> ids_of_payload(const std::string& payload) {
    std::vector<std::string> ids;
    std::istringstream stream(payload);
    for (std::string id; std::getline(stream, id, ',');) ids.push_back(id);
    return ids;
}

}  // namespace stoker::db
