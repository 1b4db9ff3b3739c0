#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"

namespace stoker::db {

class Transaction;

/// Content of a workspace file (a wheel, a jar, a requirements.txt), for nodes and workers; nullopt when there is
/// none that `reader` may read.
std::optional<std::string> read_library_file(Transaction& tx, const std::string& reader, const std::string& path);

/// The libraries that a cluster is to have, a JSON array, locked until the transaction ends. The cluster exists.
std::string lock_cluster_libraries(Transaction& tx, const ClusterId& cluster_id);
/// Notify kClustersChannel after the commit.
void set_cluster_libraries(Transaction& tx, const ClusterId& cluster_id, const std::string& libraries);
/// They are tried again, or not spoken of any more.
void forget_failed_libraries(Transaction& tx, const ClusterId& cluster_id, const std::string& libraries);

struct LibraryStatusRow {
    ClusterId cluster_id;
    std::string library;  // JSON text
    std::string status;   // PENDING, RESOLVING, INSTALLING, INSTALLED, FAILED, UNINSTALL_ON_RESTART
    std::string message;  // of FAILED
};
/// Of one cluster, or of all that `visible_to` may see (nullopt: of all there are), those of a cluster one after the
/// other.
std::vector<LibraryStatusRow> library_statuses(Transaction& tx, const std::optional<ClusterId>& cluster_id,
                                               const std::optional<std::string>& visible_to);

// --- What nodes and workers say (role stoker_worker; SECURITY DEFINER routines). `libraries`: JSON arrays. ---

/// RESOLVING or INSTALLING; what is installed stays so.
void libraries_are(Transaction& tx, const ClusterId& cluster_id, std::int64_t generation, const std::string& libraries,
                   const std::string& status);
/// Blames `guilty`, or all that are not installed when it is none of those. false: there was none to blame.
bool libraries_failed(Transaction& tx, const ClusterId& cluster_id, std::int64_t generation, const std::string& guilty,
                      const std::string& message);
/// Runs that begin on the worker from here on find them.
void libraries_are_installed(Transaction& tx, const WorkerId& worker_id, const std::string& libraries);

}  // namespace stoker::db
