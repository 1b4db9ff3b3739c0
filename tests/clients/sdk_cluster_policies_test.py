"""`w.cluster_policies.*` of the unmodified Databricks SDK, and clusters that policies hold."""

import json
import uuid
from collections.abc import Iterator

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, InvalidParameterValue, NotFound
from databricks.sdk.service.compute import ClusterSpec, Library, PythonPyPiLibrary
from databricks.sdk.service.jobs import JobCluster, NotebookTask, Task
from pytest import fixture, raises

DEFINITION = {
    "spark_version": {"type": "fixed", "value": "15.4.x-scala2.12"},
    "node_type_id": {"type": "allowlist", "values": ["local.small", "local.medium"], "defaultValue": "local.small"},
    "autoscale.max_workers": {"type": "range", "maxValue": 4, "isOptional": True},
    "num_workers": {"type": "range", "maxValue": 4, "isOptional": True},
    "custom_tags.team": {"type": "regex", "pattern": "[a-z]+"},
    "autotermination_minutes": {"type": "range", "maxValue": 60, "defaultValue": 30},
}


@fixture
def policy_id(workspace: WorkspaceClient) -> Iterator[str]:
    policy = workspace.cluster_policies.create(name=f"policy {uuid.uuid4().hex}", definition=json.dumps(DEFINITION))
    yield policy.policy_id
    workspace.cluster_policies.delete(policy.policy_id)


def test_policies_are_created_read_edited_and_deleted(workspace: WorkspaceClient) -> None:
    name = f"policy {uuid.uuid4().hex}"
    libraries = [Library(pypi=PythonPyPiLibrary(package="six==1.16.0"))]
    made = workspace.cluster_policies.create(
        name=name, definition=json.dumps(DEFINITION), description="d", libraries=libraries, max_clusters_per_user=2
    )
    policy = workspace.cluster_policies.get(made.policy_id)
    assert json.loads(policy.definition) == DEFINITION
    assert (policy.name, policy.description, policy.max_clusters_per_user) == (name, "d", 2)
    assert policy.libraries == libraries
    assert not policy.is_default
    assert policy.creator_user_name == workspace.current_user.me().user_name
    with raises(InvalidParameterValue, match="already"):
        workspace.cluster_policies.create(name=name)
    workspace.cluster_policies.edit(made.policy_id, name=name + " 2", definition="{}")
    (listed,) = [p for p in workspace.cluster_policies.list() if p.policy_id == made.policy_id]
    assert (listed.name, listed.definition, listed.max_clusters_per_user) == (name + " 2", "{}", None)
    workspace.cluster_policies.delete(made.policy_id)
    with raises(NotFound):
        workspace.cluster_policies.get(made.policy_id)
    assert list(workspace.policy_families.list()) == []


def test_clusters_are_made_as_their_policy_says(workspace: WorkspaceClient, policy_id: str) -> None:
    with raises(InvalidParameterValue) as refused:
        workspace.clusters.create(
            spark_version="14.3.x-scala2.12", node_type_id="local.large", num_workers=8, policy_id=policy_id
        )
    assert str(refused.value) == (
        "Validation failed for autotermination_minutes, the value must be present; "
        "Validation failed for custom_tags.team, the value must be present; "
        'Validation failed for node_type_id, the value must be one of local.small, local.medium (is "local.large"); '
        'Validation failed for num_workers, the value must be at most 4 (is "8"); '
        'Validation failed for spark_version, the value must be 15.4.x-scala2.12 (is "14.3.x-scala2.12")'
    )
    body = {"policy_id": policy_id, "apply_policy_default_values": True, "custom_tags": {"team": "nlp"}}
    cluster_id = workspace.api_client.do("POST", "/api/2.1/clusters/create", body=body)["cluster_id"]
    cluster = workspace.clusters.get(cluster_id)
    assert (cluster.policy_id, cluster.node_type_id, cluster.autotermination_minutes) == (policy_id, "local.small", 30)
    assert cluster.spark_version == "15.4.x-scala2.12"
    workspace.clusters.delete(cluster_id).result()  # one that starts cannot be edited
    with raises(InvalidParameterValue, match="Validation failed for num_workers"):
        workspace.api_client.do("POST", "/api/2.1/clusters/edit", body=body | {"cluster_id": cluster_id, "num_workers": 5})
    workspace.clusters.permanent_delete(cluster_id)


def test_a_user_has_no_more_active_clusters_than_the_policy_allows(workspace: WorkspaceClient) -> None:
    policy = workspace.cluster_policies.create(name=f"one {uuid.uuid4().hex}", max_clusters_per_user=1)
    body = {"spark_version": "15.4.x-scala2.12", "policy_id": policy.policy_id}
    first = workspace.api_client.do("POST", "/api/2.1/clusters/create", body=body)["cluster_id"]
    with raises(BadRequest, match="allows 1 active clusters of a user"):
        workspace.api_client.do("POST", "/api/2.1/clusters/create", body=body)
    workspace.clusters.delete(first).result()
    second = workspace.api_client.do("POST", "/api/2.1/clusters/create", body=body)["cluster_id"]
    with raises(BadRequest, match="allows 1 active clusters of a user"):
        workspace.clusters.start(first)
    for cluster_id in (first, second):
        workspace.clusters.permanent_delete(cluster_id)
    workspace.cluster_policies.delete(policy.policy_id)


def test_job_clusters_are_held_when_the_job_is_made(workspace: WorkspaceClient, policy_id: str, echo: str) -> None:
    def create(tags: dict[str, str]) -> int:
        spec = ClusterSpec(policy_id=policy_id, apply_policy_default_values=True, num_workers=0, custom_tags=tags)
        notebook = NotebookTask(notebook_path=echo, base_parameters={"text": "done"})
        task = Task(task_key="a", job_cluster_key="main", notebook_task=notebook)
        cluster = JobCluster(job_cluster_key="main", new_cluster=spec)
        return workspace.jobs.create(name="governed", tasks=[task], job_clusters=[cluster]).job_id

    with raises(InvalidParameterValue, match=r"Validation failed for job_clusters\[0\].new_cluster.custom_tags.team"):
        create({"team": "NLP"})
    job_id = create({"team": "nlp"})
    run = workspace.jobs.run_now(job_id).result()
    (task,) = workspace.jobs.get_run(run.run_id).tasks
    cluster = workspace.clusters.get(task.cluster_instance.cluster_id)
    assert (cluster.policy_id, cluster.node_type_id, cluster.spark_version) == (policy_id, "local.small", "15.4.x-scala2.12")
