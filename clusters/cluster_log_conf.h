#pragma once
#include <string>

#include "core/json_reader.h"

namespace stoker::clusters {

/// Where a definition wants its cluster's logs: the folder beneath the DBFS root, "" when it says nothing. Throws
/// ApiError naming the path, for cloud storage too.
std::string parse_cluster_log_conf(const JsonReader& reader);

}  // namespace stoker::clusters
