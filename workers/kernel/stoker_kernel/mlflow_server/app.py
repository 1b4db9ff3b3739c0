"""MLflow's web application without the ways out of its artifact store."""

from __future__ import annotations

from mlflow.server import app as flask_app
from mlflow.server.assistant.api import assistant_router
from mlflow.server.gateway_api import gateway_router
from mlflow.server.job_api import job_api_router

from stoker_kernel.mlflow_server import locations, repositories
from stoker_kernel.mlflow_server.logged_models import LoggedModels

# An assistant that runs shell commands here, calls to language models anywhere, jobs beside Stoker's: none of them has a
# place here. Emptied before the application takes them over.
for router in (assistant_router, gateway_router, job_api_router):
    router.routes.clear()

repositories.close()
flask_app.before_request(locations.refuse_foreign)

from mlflow.server.fastapi_app import app as mlflow_app  # noqa: E402

app = LoggedModels(mlflow_app)
