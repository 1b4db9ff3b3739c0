#pragma once
#include "api/schema/schema.h"

// Requests and answers of the Libraries API.
namespace stoker::api::schema {

extern const Schema kChangeLibraries, kLibrariesOfCluster;
extern const Schema kClusterLibraryStatuses, kAllLibraryStatuses;

}  // namespace stoker::api::schema
