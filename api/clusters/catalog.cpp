#include "clusters/catalog.h"

#include "api/clusters/endpoints.h"
#include "api/services.h"

namespace stoker::api::cluster {

Answer list_node_types(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    co_return json_response(clusters::node_types_json(services.settings.catalog));
}

Answer spark_versions(Services& services, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    co_return json_response(clusters::spark_versions_json(services.settings.catalog));
}

Answer list_zones(Services&, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    co_return json_response(clusters::zones_json());
}

}  // namespace stoker::api::cluster
