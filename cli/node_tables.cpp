#include "cli/node_tables.h"

#include "api/nodes/tables_door.h"
#include "cli/node_identity.h"

namespace stoker::cli {

clusters::Companion tables_of_server() {
    return [](boost::asio::any_io_executor executor, clusters::Children&, clusters::NodeSettings& settings) {
        const auto door = api::TablesDoor::open(
            executor, {settings.server_url, node_token(settings.data_folder), settings.server_authority});
        settings.tables_door = door->uri();
        return door;
    };
}

}  // namespace stoker::cli
