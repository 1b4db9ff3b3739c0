#pragma once
#include "clusters/node.h"

namespace stoker::cli {

/// The server's catalog of tables, for a node that joined: completes settings.tables_door.
clusters::Companion tables_of_server();

}  // namespace stoker::cli
