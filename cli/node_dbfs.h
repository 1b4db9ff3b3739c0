#pragma once
#include "clusters/node.h"

namespace stoker::cli {

/// The server's DBFS at `dbfs_root`, for a node that joined. One that did before there was a token for it has the
/// folder there alone, which is said: null then. Throws StartError when it cannot be mounted.
clusters::Companion dbfs_of_server(int cache_mb);

}  // namespace stoker::cli
