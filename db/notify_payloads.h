#pragma once
#include <string>
#include <vector>

namespace stoker::db {

/// The ids as payloads of 7,000 bytes at most, each a comma-separated list (a NOTIFY takes less than 8,000).
std::vector<std::string> notify_payloads(const std::vector<std::string>& ids);
std::vector<std::string> ids_of_payload(const std::string& payload);

}  // namespace stoker::db
