"""Tasks as users of the Databricks SDK write them, and what became of them."""

from datetime import timedelta
from typing import Any

from client import notebook
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.jobs import NotebookTask, Run, RunTask, Task, TaskDependency

ECHO = notebook("dbutils.notebook.exit(dbutils.widgets.get('text'))")
PATIENCE = timedelta(minutes=5)


def after(*keys: str, outcome: str | None = None) -> list[TaskDependency]:
    return [TaskDependency(task_key=key, outcome=outcome) for key in keys]


def echoing(cluster: str, path: str, text: str = "stored", key: str = "main", **more: Any) -> Task:
    parameters = {"text": text}
    return Task(
        task_key=key,
        existing_cluster_id=cluster,
        notebook_task=NotebookTask(notebook_path=path, base_parameters=parameters),
        **more,
    )


def by_key(run: Run) -> dict[str, RunTask]:
    return {task.task_key: task for task in run.tasks}


def result_of(workspace: WorkspaceClient, task: RunTask) -> str:
    return workspace.jobs.get_run_output(task.run_id).notebook_output.result
