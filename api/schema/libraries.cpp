#include "api/schema/libraries.h"

#include "api/schema/common.h"

namespace stoker::api::schema {
namespace {
constexpr std::string_view kStatuses[] = {"PENDING",   "RESOLVING", "INSTALLING",
                                          "INSTALLED", "FAILED",    "UNINSTALL_ON_RESTART"};

constexpr Field kClusterFields[] = {text("cluster_id").required()};
constexpr Field kChangeFields[] = {text("cluster_id").required(), objects("libraries", &kLibrary).required()};

constexpr Field kStatusFields[] = {object("library", &kLibrary).required(), text("status").required().one_of(kStatuses),
                                   texts("messages").noted("of FAILED: the installer's sentence"),
                                   boolean("is_library_for_all_clusters").required()};
constexpr Schema kStatus{"LibraryFullStatus", kStatusFields};
constexpr Field kStatusesFields[] = {text("cluster_id").required(), objects("library_statuses", &kStatus)};
constexpr Field kAllFields[] = {objects("statuses", &kClusterLibraryStatuses).required()};
}  // namespace

constexpr Schema kChangeLibraries{"ChangeLibraries", kChangeFields};
constexpr Schema kLibrariesOfCluster{"LibrariesOfCluster", kClusterFields};
constexpr Schema kClusterLibraryStatuses{"ClusterLibraryStatuses", kStatusesFields};
constexpr Schema kAllLibraryStatuses{"AllClusterLibraryStatuses", kAllFields};

}  // namespace stoker::api::schema
