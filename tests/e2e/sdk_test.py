"""The main flow through the unmodified Databricks SDK."""

import base64
import json
import uuid

import pytest
from client import SPARK_VERSION, Client, notebook
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import ResourceDoesNotExist
from databricks.sdk.service.jobs import NotebookTask, RunResultState, Task
from databricks.sdk.service.workspace import ImportFormat, Language

SOURCE = notebook("import json", "dbutils.notebook.exit(json.dumps({'text': dbutils.widgets.get('text')}))")


@pytest.fixture(scope="module")
def workspace(client: Client) -> WorkspaceClient:
    return WorkspaceClient(host=client.host, token=client.token)


def test_create_run_and_read_the_output(workspace: WorkspaceClient, cluster: str) -> None:
    path = f"/Shared/e2e/{uuid.uuid4().hex}"
    workspace.workspace.mkdirs("/Shared/e2e")
    content = base64.b64encode(SOURCE.encode()).decode()
    workspace.workspace.import_(path, content=content, format=ImportFormat.SOURCE, language=Language.PYTHON)
    task = Task(task_key="main", existing_cluster_id=cluster, notebook_task=NotebookTask(notebook_path=path))
    job = workspace.jobs.create(name="sdk", tasks=[task])
    run = workspace.jobs.run_now(job.job_id, notebook_params={"text": "hello"}).result()
    assert run.state.result_state == RunResultState.SUCCESS
    output = workspace.jobs.get_run_output(run.tasks[0].run_id)
    assert json.loads(output.notebook_output.result) == {"text": "hello"}
    assert job.job_id in [listed.job_id for listed in workspace.jobs.list()]
    assert workspace.jobs.get(job.job_id).settings.name == "sdk"
    workspace.jobs.delete(job.job_id)
    with pytest.raises(ResourceDoesNotExist):
        workspace.jobs.get(job.job_id)


def test_clusters(workspace: WorkspaceClient) -> None:
    created = workspace.clusters.create_and_wait(
        cluster_name="sdk", spark_version=SPARK_VERSION, node_type_id="local.small", num_workers=0
    )
    assert created.state.value == "RUNNING"
    workspace.clusters.ensure_cluster_is_running(created.cluster_id)
    assert workspace.clusters.delete_and_wait(created.cluster_id).state.value == "TERMINATED"
    workspace.clusters.permanent_delete(created.cluster_id)
    with pytest.raises(ResourceDoesNotExist):
        workspace.clusters.get(created.cluster_id)


def test_what_selects_a_cluster(workspace: WorkspaceClient) -> None:
    assert "scala2.12" in workspace.clusters.select_spark_version(long_term_support=True)
    assert workspace.clusters.select_node_type(local_disk=True)
    assert workspace.current_user.me().user_name
