"""Which models a run has logged: every run that loads a model by ``runs:/…`` asks this before it takes one that is loaded.

MLflow's own ``runs/get`` answers it too, but reads all of the run, in eight queries; this is one.
"""

from __future__ import annotations

from typing import Any

from mlflow.server.handlers import _get_tracking_store
from mlflow.store.tracking.dbmodels.models import SqlInput, SqlRun
from sqlalchemy import and_
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

#: GET with ``run_id``: ``{"model_ids": […]}``, or 404 in the form of MLflow's errors. The kernel's `models.own_server` asks it.
PATH = "/api/2.0/mlflow/stoker/logged-models-of-run"


class LoggedModels:
    """The application around MLflow's that answers `PATH`, without the layers that the rest goes through."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        run_id = Request(scope).query_params.get("run_id", "")
        status, answer = await run_in_threadpool(_answer, run_id)
        await JSONResponse(answer, status)(scope, receive, send)


def _answer(run_id: str) -> tuple[int, dict[str, Any]]:
    logged = and_(
        SqlInput.source_type == "RUN_OUTPUT",
        SqlInput.source_id == SqlRun.run_uuid,
        SqlInput.destination_type == "MODEL_OUTPUT",
    )
    with _get_tracking_store().ManagedSessionMaker() as session:
        query = session.query(SqlInput.destination_id).select_from(SqlRun).outerjoin(SqlInput, logged)
        rows = query.filter(SqlRun.run_uuid == run_id).all()
    if not rows:
        return 404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": f"Run with id={run_id} not found"}
    return 200, {"model_ids": [model_id for (model_id,) in rows if model_id is not None]}
