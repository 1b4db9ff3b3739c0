#include <algorithm>

#include "api/announce.h"
#include "api/clusters/cluster_json.h"
#include "api/libraries/endpoints.h"
#include "clusters/library.h"
#include "core/json_reader.h"
#include "db/library_store.h"
#include "db/listener.h"

// install and uninstall: what the cluster is to have is written; its nodes do the rest.
namespace stoker::api::libraries {
namespace {
using Libraries = std::vector<clusters::Library>;
using Change = void (*)(Libraries& wanted, const Libraries& named);

void add(Libraries& wanted, const Libraries& named) {
    for (const clusters::Library& library : named)
        if (std::ranges::find(wanted, library) == wanted.end()) wanted.push_back(library);
}

void remove(Libraries& wanted, const Libraries& named) {
    std::erase_if(wanted, [&](const auto& library) { return std::ranges::find(named, library) != named.end(); });
}

Answer change_libraries(Services& services, Request& request, Change change) {
    const JsonReader body(request.parameters);
    const ClusterId cluster_id = body.string("cluster_id");
    const Libraries named = clusters::parse_libraries(body);
    authorize_libraries(request.principal, named);
    auto write = [cluster_id, named, change, principal = request.principal,
                  action = request.endpoint->action](db::Transaction& tx) {
        existing_cluster(tx, cluster_id, principal, action);
        Libraries wanted = clusters::libraries_of(db::lock_cluster_libraries(tx, cluster_id));
        change(wanted, named);
        db::set_cluster_libraries(tx, cluster_id, clusters::libraries_json(wanted).dump());
        db::forget_failed_libraries(tx, cluster_id, clusters::libraries_json(named).dump());
    };
    co_await services.pool.run(write);
    std::vector<std::string> changed{cluster_id};
    co_await announce(services, db::kClustersChannel, std::move(changed));
    co_return Response{};
}
}  // namespace

Answer install(Services& services, Request& request) {
    return change_libraries(services, request, add);
}

Answer uninstall(Services& services, Request& request) {
    return change_libraries(services, request, remove);
}

}  // namespace stoker::api::libraries
