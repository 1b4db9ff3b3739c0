#include "clusters/catalog.h"

#include "api/clusters/endpoints.h"

namespace stoker::api::cluster {

Answer list_node_types(Services&, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    co_return json_response(clusters::node_types_json(clusters::this_machine()));
}

Answer spark_versions(Services&, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    co_return json_response(clusters::spark_versions_json());
}

Answer list_zones(Services&, Request& request) {
    authorize(request.principal, request.endpoint->action, OwnWorkspace{});
    co_return json_response(clusters::zones_json());
}

}  // namespace stoker::api::cluster
