"""Jobs whose code is in a Git repository, through the unmodified Databricks SDK."""

from collections.abc import Iterator

import pytest
from client import Client
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue, ResourceDoesNotExist
from databricks.sdk.service.jobs import GitProvider, GitSource, NotebookTask, Source, SubmitTask, Task, TaskDependency
from git_repositories import TOKEN, USER, Repositories, git_server
from server import Server
from waiting import until

EXIT = "# Databricks notebook source\ndbutils.notebook.exit(%s)\n"


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repositories]:
    with git_server(tmp_path_factory.mktemp("git")) as repositories:
        yield repositories


@pytest.fixture(scope="module")
def workspace(client: Client) -> WorkspaceClient:
    return WorkspaceClient(host=client.host, token=client.token)


def git_source(repositories: Repositories, path: str, **ref: str) -> GitSource:
    ref = ref or {"git_branch": "main"}
    return GitSource(git_url=repositories.url(path), git_provider=GitProvider.GIT_HUB_ENTERPRISE, **ref)


def task(cluster: str, path: str, key: str = "main", after: str = "") -> Task:
    depends_on = [TaskDependency(task_key=after)] if after else None
    return Task(task_key=key, existing_cluster_id=cluster, notebook_task=NotebookTask(path), depends_on=depends_on)


def test_a_job_follows_its_branch_and_shows_the_commit(
    client: Client, workspace: WorkspaceClient, cluster: str, repositories: Repositories
) -> None:
    files = {
        "jobs/main.py": "# Databricks notebook source\n# MAGIC %run ../lib/defs\n\n# COMMAND ----------\n\n"
        "import near, top\nn = str(six + near.v + top.v)\n"
        "dbutils.notebook.exit(dbutils.notebook.run('./child', 60, {'n': n}))\n",
        "jobs/child.py": EXIT % "int(dbutils.widgets.get('n')) * 2",
        "jobs/near.py": "v = 10",
        "top.py": "v = 5",
        "lib/defs.py": "# Databricks notebook source\nsix = 6\n",
    }
    first = repositories.commit("etl.git", files)
    source = git_source(repositories, "etl.git")
    job = workspace.jobs.create(name="git", git_source=source, tasks=[task(cluster, "jobs/main")])
    assert workspace.jobs.get(job.job_id).settings.git_source == source
    run = workspace.jobs.run_now(job.job_id).result()
    assert workspace.jobs.get_run_output(run.tasks[0].run_id).notebook_output.result == "42"
    assert run.git_source.git_snapshot.used_commit == first
    second = repositories.commit("etl.git", {"jobs/main.py": EXIT % "'moved'"})
    run = workspace.jobs.run_now(job.job_id).result()
    assert workspace.jobs.get_run_output(run.tasks[0].run_id).notebook_output.result == "moved"
    assert run.git_source.git_snapshot.used_commit == second


def test_all_tasks_and_repairs_of_a_run_use_one_commit(
    client: Client, server: Server, workspace: WorkspaceClient, cluster: str, repositories: Repositories
) -> None:
    fails = "# Databricks notebook source\nraise ValueError('old')\n"
    first = repositories.commit("one.git", {"a.py": EXIT % "'old'", "b.py": fails})
    tasks = [task(cluster, "a", "a"), task(cluster, "b", "b", after="a")]
    job = workspace.jobs.create(name="git", git_source=git_source(repositories, "one.git"), tasks=tasks)
    run_id = client.run_now(job.job_id)
    assert client.finish(run_id).result_state == "FAILED"
    repositories.commit("one.git", {"a.py": EXIT % "'new'", "b.py": EXIT % "'new'"})
    client.post("/api/2.2/jobs/runs/repair", {"run_id": run_id, "rerun_all_failed_tasks": True})
    run = client.finish(run_id)
    assert run.result_state == "FAILED"  # of the old b
    assert run.details["git_source"]["git_snapshot"] == {"used_commit": first}


@pytest.mark.parametrize("kind", ["git_tag", "git_commit"])
def test_a_submitted_run_names_a_tag_or_commit(
    workspace: WorkspaceClient, cluster: str, repositories: Repositories, kind: str
) -> None:
    path = f"{kind}.git"
    first = repositories.commit(path, {"main.py": EXIT % "'one'"})
    repositories.tag(path, "v1", first)
    repositories.commit(path, {"main.py": EXIT % "'two'"})
    source = git_source(repositories, path, **{kind: "v1" if kind == "git_tag" else first})
    submitted = SubmitTask(
        task_key="main", existing_cluster_id=cluster, notebook_task=NotebookTask("main", source=Source.GIT)
    )
    run = workspace.jobs.submit(run_name="git", git_source=source, tasks=[submitted]).result()
    assert workspace.jobs.get_run_output(run.tasks[0].run_id).notebook_output.result == "one"
    assert run.git_source.git_snapshot.used_commit == first


def test_a_private_repository_is_read_with_the_users_credential(
    client: Client, server: Server, workspace: WorkspaceClient, cluster: str, repositories: Repositories
) -> None:
    repositories.commit("private/p.git", {"main.py": EXIT % "'secret'"})
    source = git_source(repositories, "private/p.git")
    job = workspace.jobs.create(name="git", git_source=source, tasks=[task(cluster, "main")])

    def fails_with(words: str) -> None:
        failed = client.finish(client.run_now(job.job_id)).details["tasks"][0]
        assert words in failed["state"]["state_message"]
        assert failed["status"]["termination_details"]["code"] == "REPOSITORY_CHECKOUT_FAILED"

    fails_with("has no Git credential for gitHubEnterprise")
    credentials = workspace.git_credentials
    made = credentials.create("githubenterprise", git_username=USER, personal_access_token="wrong")
    assert made.git_provider == "gitHubEnterprise" and made.is_default_for_provider
    fails_with("Authentication failed")
    credentials.update(made.credential_id, "gitHubEnterprise", personal_access_token=TOKEN, name="work")
    run = workspace.jobs.run_now(job.job_id).result()
    assert workspace.jobs.get_run_output(run.tasks[0].run_id).notebook_output.result == "secret"
    (listed,) = credentials.list()
    assert (listed.credential_id, listed.git_username, listed.name) == (made.credential_id, USER, "work")
    assert TOKEN not in client.call("GET", "/api/2.0/git-credentials").text
    credentials.delete(made.credential_id)
    with pytest.raises(ResourceDoesNotExist):
        credentials.get(made.credential_id)
    fails_with("has no Git credential")
    logs = [server.log_file, *(server.data_folder / "logs").glob("*.log")]
    assert not any(TOKEN in log.read_text(errors="replace") for log in logs)


def test_a_branch_that_is_deleted_is_named(
    client: Client, workspace: WorkspaceClient, cluster: str, repositories: Repositories
) -> None:
    repositories.commit("gone.git", {"main.py": EXIT % "1"}, branch="feature")
    source = git_source(repositories, "gone.git", git_branch="feature")
    job = workspace.jobs.create(name="git", git_source=source, tasks=[task(cluster, "main")])
    repositories.delete_branch("gone.git", "feature")
    run = client.finish(client.run_now(job.job_id))
    assert "there is no branch 'feature' in" in run.details["tasks"][0]["state"]["state_message"]


def test_what_cannot_be_a_git_source_is_refused_at_create(
    workspace: WorkspaceClient, cluster: str, repositories: Repositories
) -> None:
    ssh = GitSource(git_url="git@github.com:o/r.git", git_provider=GitProvider.GIT_HUB, git_branch="main")
    with pytest.raises(InvalidParameterValue, match=r"git_source\.git_url: expected an https"):
        workspace.jobs.create(name="git", git_source=ssh, tasks=[task(cluster, "main")])
    source = git_source(repositories, "etl.git")
    with pytest.raises(
        InvalidParameterValue, match=r"tasks\[0\]\.notebook_task\.notebook_path: expected a path relative"
    ):
        workspace.jobs.create(name="git", git_source=source, tasks=[task(cluster, "/Shared/n")])


def test_a_run_that_waits_for_its_git_server_can_be_cancelled(
    client: Client, workspace: WorkspaceClient, cluster: str, repositories: Repositories
) -> None:
    source = git_source(repositories, "slow/r.git")
    job = workspace.jobs.create(name="git", git_source=source, tasks=[task(cluster, "main")])
    run_id = client.run_now(job.job_id)
    asked = repositories.root.parent / "log"
    until(lambda: "/slow/r.git" in asked.read_text(), "the checkout to begin")
    client.cancel(run_id)
    assert client.finish(run_id).result_state == "CANCELED"
