#pragma once
#include "clusters/node.h"

namespace stoker::cli {

/// The server's catalog of tables, for a node that joined: a door on this machine's loopback, settings.tables_door,
/// each connection to which is carried to the catalog by the server's API, with the node's token.
clusters::Companion tables_of_server();

}  // namespace stoker::cli
