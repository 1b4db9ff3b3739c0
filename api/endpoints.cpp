#include "api/endpoints.h"

#include "api/cluster_policies/endpoints.h"
#include "api/clusters/endpoints.h"
#include "api/dbfs/endpoints.h"
#include "api/files/endpoints.h"
#include "api/git_credentials/endpoints.h"
#include "api/http/router.h"
#include "api/identity/endpoints.h"
#include "api/instance_pools/endpoints.h"
#include "api/jobs/endpoints.h"
#include "api/libraries/endpoints.h"
#include "api/mlflow/endpoints.h"
#include "api/node_files/endpoints.h"
#include "api/nodes/endpoints.h"
#include "api/notification_destinations/endpoints.h"
#include "api/server/endpoints.h"
#include "api/spark/endpoints.h"
#include "api/workspace/endpoints.h"

namespace stoker::api {

void register_endpoints(Router& router) {
    router.add(server_endpoints());
    router.add(identity_endpoints());
    router.add(job_endpoints());
    router.add(cluster_endpoints());
    router.add(cluster_policy_endpoints());
    router.add(library_endpoints());
    router.add(instance_pool_endpoints());
    router.add(workspace_endpoints());
    router.add(git_credential_endpoints());
    router.add(dbfs_endpoints());
    router.add(files_endpoints());
    router.add(node_file_endpoints());
    router.add(node_endpoints());
    router.add(notification_endpoints());
    router.add(mlflow_endpoints());
    router.add(spark_page_endpoints());
}

}  // namespace stoker::api
