#include "clusters/cluster_log_conf.h"

#include <algorithm>
#include <filesystem>

namespace stoker::clusters {

std::string parse_cluster_log_conf(const JsonReader& reader) {
    const auto conf = reader.optional_object("cluster_log_conf");
    if (!conf) return "";
    if (conf->has("s3")) conf->refuse("s3", "cloud storage is not available; use dbfs or volumes.");
    const auto dbfs = conf->optional_object("dbfs");
    const auto volumes = conf->optional_object("volumes");
    if (!dbfs && !volumes) return "";
    if (dbfs && volumes) reader.refuse("cluster_log_conf", "expected one of dbfs and volumes, got both.");
    const JsonReader& place = dbfs ? *dbfs : *volumes;
    const std::string destination = place.string("destination");
    const std::string begins = dbfs ? "dbfs:/" : "/Volumes/";
    const std::filesystem::path path(destination);
    const bool is_text = std::ranges::none_of(destination, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (!is_text || destination.size() > 4096 || std::ranges::count(path, "..") > 0)
        place.refuse("destination", "must be at most 4096 bytes without control characters and without '..'.");
    if (!destination.starts_with(begins) || destination == begins)
        place.refuse("destination", "expected a folder that begins with " + begins + ".");
    // Volumes are in a folder of DBFS.
    const std::string beneath = dbfs ? destination.substr(begins.size()) : destination.substr(1);
    return std::filesystem::path(beneath).relative_path().lexically_normal().string();
}

}  // namespace stoker::clusters
