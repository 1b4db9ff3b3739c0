"""Definitions of jobs by the unmodified Databricks SDK: changed, listed over pages, shared with others, refused."""

import os
import subprocess
import uuid
from collections.abc import Callable, Iterator

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import (
    BadRequest,
    InvalidParameterValue,
    NotFound,
    PermissionDenied,
    ResourceDoesNotExist,
    Unauthenticated,
)
from databricks.sdk.service.compute import ClusterSpec
from databricks.sdk.service.jobs import (
    ConditionTask,
    ConditionTaskOp,
    CronSchedule,
    Job,
    JobAccessControlRequest,
    JobCluster,
    JobEmailNotifications,
    JobNotificationSettings,
    JobParameterDefinition,
    JobPermissionLevel,
    JobSettings,
    JobsHealthMetric,
    JobsHealthOperator,
    JobsHealthRule,
    JobsHealthRules,
    NotebookTask,
    PauseStatus,
    PipelineTask,
    PowerBiTask,
    Run,
    RunResultState,
    RunType,
    Task,
    TaskDependency,
    Webhook,
    WebhookNotifications,
)
from databricks.sdk.service.settings import Config, DestinationType, GenericWebhookConfig
from server import BINARY, Server

MISSING = 987654321
MANY = 230  # three pages


def check(key: str = "check", after: str = "", left: str = "1") -> Task:
    """A task that needs no compute."""
    return Task(
        task_key=key,
        depends_on=[TaskDependency(task_key=after)] if after else None,
        condition_task=ConditionTask(op=ConditionTaskOp.EQUAL_TO, left=left, right="1"),
    )


@pytest.fixture
def create(workspace: WorkspaceClient) -> Iterator[Callable[..., int]]:
    """Creates jobs, of one check unless told otherwise, that are gone after the test."""
    created: list[int] = []

    def one(**settings: object) -> int:
        created.append(workspace.jobs.create(**{"tasks": [check()]} | settings).job_id)
        return created[-1]

    yield one
    for job_id in created:
        workspace.jobs.delete(job_id)


@pytest.fixture(scope="module")
def bob(server: Server) -> WorkspaceClient:
    """Who is no admin."""
    command = [str(BINARY), "token", "create", "--user", "bob@example.com", "--data-dir", str(server.data_folder)]
    made = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return WorkspaceClient(host=os.environ["DATABRICKS_HOST"], token=made.stdout.strip())


def test_all_settings_come_back_as_they_were_sent(workspace: WorkspaceClient, create: Callable[..., int]) -> None:
    sent = JobSettings(
        name="settings",
        description="all that is told",
        tags={"team": "clients"},
        tasks=[
            check(),
            Task(
                task_key="note",
                depends_on=[TaskDependency(task_key="check", outcome="true")],
                job_cluster_key="small",
                notebook_task=NotebookTask(notebook_path="/Shared/note", base_parameters={"a": "b"}),
                max_retries=2,
                min_retry_interval_millis=1000,
                retry_on_timeout=True,
                timeout_seconds=60,
            ),
        ],
        job_clusters=[
            JobCluster(
                job_cluster_key="small",
                new_cluster=ClusterSpec(
                    spark_version="15.4.x-scala2.12", node_type_id="local.small", num_workers=0, custom_tags={"a": "b"}
                ),
            )
        ],
        parameters=[JobParameterDefinition(name="day", default="{{job.start_time.iso_date}}")],
        schedule=CronSchedule(
            quartz_cron_expression="0 0 6 ? * MON-FRI", timezone_id="Europe/Berlin", pause_status=PauseStatus.PAUSED
        ),
        max_concurrent_runs=3,
        timeout_seconds=3600,
        email_notifications=JobEmailNotifications(on_failure=["ops@example.com"]),
        notification_settings=JobNotificationSettings(no_alert_for_skipped_runs=True),
        health=JobsHealthRules(
            rules=[
                JobsHealthRule(
                    metric=JobsHealthMetric.RUN_DURATION_SECONDS, op=JobsHealthOperator.GREATER_THAN, value=600
                )
            ]
        ),
    )
    job = workspace.jobs.get(create(**vars(sent)))
    me = workspace.current_user.me().user_name
    assert (job.creator_user_name, job.run_as_user_name) == (me, me)
    got, told = job.settings.as_dict(), sent.as_dict()
    assert {name: got[name] for name in told} == told
    assert set(got) - set(told) <= {"format", "email_notifications", "webhook_notifications", "queue"}


def test_update_reset_and_delete(workspace: WorkspaceClient, create: Callable[..., int]) -> None:
    job_id = create(name="first", tags={"a": "1"}, tasks=[check("one"), check("two", after="one")], timeout_seconds=60)
    changes = JobSettings(name="second", tasks=[check("two", left="2"), check("three")])
    workspace.jobs.update(job_id, new_settings=changes, fields_to_remove=["tags", "tasks/one"])
    settings = workspace.jobs.get(job_id).settings
    assert (settings.name, settings.tags, settings.timeout_seconds) == ("second", None, 60)
    assert {task.task_key: task.condition_task.left for task in settings.tasks} == {"two": "2", "three": "1"}
    workspace.jobs.reset(job_id, new_settings=JobSettings(name="third", tasks=[check("four")]))
    settings = workspace.jobs.get(job_id).settings
    assert (settings.name, settings.timeout_seconds) == ("third", 0)
    assert [task.task_key for task in settings.tasks] == ["four"]
    other = workspace.jobs.create(name="to be deleted", tasks=[check()]).job_id
    workspace.jobs.delete(other)
    with pytest.raises(ResourceDoesNotExist):
        workspace.jobs.get(other)


def test_lists_of_jobs_over_pages(workspace: WorkspaceClient, create: Callable[..., int]) -> None:
    name = f"Listed {uuid.uuid4().hex}"
    created = [create(name=name) for _ in range(7)]
    listed = list(workspace.jobs.list(name=name.lower(), limit=3))
    assert [job.job_id for job in listed] == created[::-1]  # the newest first
    assert all(job.settings.name == name and not job.settings.tasks for job in listed)
    expanded = list(workspace.jobs.list(name=name, limit=2, expand_tasks=True))
    assert [job.job_id for job in expanded] == created[::-1]
    assert all([task.task_key for task in job.settings.tasks] == ["check"] for job in expanded)
    assert set(created) <= {job.job_id for job in workspace.jobs.list()}
    assert [job.job_id for job in workspace.jobs.list(name=name, offset=5)] == created[1::-1]
    assert list(workspace.jobs.list(name="nobody's")) == []


def test_lists_of_runs_over_pages(workspace: WorkspaceClient, create: Callable[..., int]) -> None:
    job_id = create(name="runs")
    waiters = [workspace.jobs.run_now(job_id) for _ in range(7)]
    runs = [waiter.result() for waiter in waiters]
    newest_first = [run.run_id for run in runs][::-1]

    def listed(**filters: object) -> list[int]:
        return [run.run_id for run in workspace.jobs.list_runs(job_id=job_id, limit=3, **filters)]

    assert listed() == newest_first
    assert listed(completed_only=True, run_type=RunType.JOB_RUN) == newest_first
    assert listed(active_only=True) == []
    assert listed(run_type=RunType.SUBMIT_RUN) == []
    middle = runs[3].start_time
    assert listed(start_time_from=middle) == [run.run_id for run in runs if run.start_time >= middle][::-1]
    assert listed(start_time_to=middle) == [run.run_id for run in runs if run.start_time <= middle][::-1]
    expanded = list(workspace.jobs.list_runs(job_id=job_id, limit=3, expand_tasks=True))
    assert [[task.state.result_state for task in run.tasks] for run in expanded] == [[RunResultState.SUCCESS]] * 7


@pytest.fixture(scope="module")
def large(workspace: WorkspaceClient) -> Iterator[Job]:
    """A job whose tasks, parameters and clusters fill several pages."""
    spec = ClusterSpec(spark_version="15.4.x-scala2.12", node_type_id="local.small", num_workers=0)
    created = workspace.jobs.create(
        name="large",
        tasks=[check(f"task_{number}") for number in range(MANY)],
        parameters=[JobParameterDefinition(name=f"parameter_{number}", default="x") for number in range(120)],
        job_clusters=[JobCluster(job_cluster_key=f"cluster_{number}", new_cluster=spec) for number in range(105)],
    )
    yield workspace.jobs.get(created.job_id)
    workspace.jobs.delete(created.job_id)


def assert_is_whole(job: Job) -> None:
    assert [task.task_key for task in job.settings.tasks] == [f"task_{number}" for number in range(MANY)]
    assert [one.name for one in job.settings.parameters] == [f"parameter_{number}" for number in range(120)]
    assert [one.job_cluster_key for one in job.settings.job_clusters] == [f"cluster_{number}" for number in range(105)]


def test_a_job_with_more_tasks_than_a_page(workspace: WorkspaceClient, large: Job) -> None:
    assert_is_whole(large)
    (listed,) = workspace.jobs.list(name="large", expand_tasks=True)
    assert_is_whole(listed)


def test_a_run_with_more_tasks_than_a_page(workspace: WorkspaceClient, large: Job) -> None:
    run_id = workspace.jobs.run_now(large.job_id).result().run_id

    def assert_is_whole(run: Run) -> None:
        assert sorted(task.task_key for task in run.tasks) == sorted(task.task_key for task in large.settings.tasks)
        assert {task.state.result_state for task in run.tasks} == {RunResultState.SUCCESS}
        assert len({one.name for one in run.job_parameters}) == len(run.job_parameters) == 120
        assert len({one.job_cluster_key for one in run.job_clusters}) == len(run.job_clusters) == 105

    assert_is_whole(workspace.jobs.get_run(run_id))
    run = workspace.jobs.get_run(run_id, include_history=True, include_resolved_values=True)
    assert_is_whole(run)
    assert len(run.repair_history) == 1
    (listed,) = workspace.jobs.list_runs(job_id=large.job_id, expand_tasks=True)
    assert_is_whole(listed)


def test_permissions(workspace: WorkspaceClient, bob: WorkspaceClient, create: Callable[..., int]) -> None:
    job_id = create(name="shared")
    path = str(job_id)

    def levels() -> dict[str, list[JobPermissionLevel]]:
        return {
            entry.user_name or entry.group_name: [one.permission_level for one in entry.all_permissions]
            for entry in workspace.jobs.get_permissions(path).access_control_list
        }

    def grant(level: JobPermissionLevel) -> list[JobAccessControlRequest]:
        return [JobAccessControlRequest(user_name="bob@example.com", permission_level=level)]

    me = workspace.current_user.me().user_name
    assert levels()[me] == [JobPermissionLevel.IS_OWNER]
    for forbidden in (
        lambda: bob.jobs.get(job_id),
        lambda: bob.jobs.run_now(job_id),
        lambda: bob.jobs.delete(job_id),
        lambda: bob.jobs.update(job_id, new_settings=JobSettings(name="bob's")),
    ):
        with pytest.raises(PermissionDenied):
            forbidden()
    assert job_id not in [job.job_id for job in bob.jobs.list()]
    workspace.jobs.update_permissions(path, access_control_list=grant(JobPermissionLevel.CAN_MANAGE_RUN))
    assert levels()["bob@example.com"] == [JobPermissionLevel.CAN_MANAGE_RUN]
    assert bob.jobs.run_now(job_id).result().state.result_state == RunResultState.SUCCESS
    with pytest.raises(PermissionDenied):
        bob.jobs.delete(job_id)
    workspace.jobs.set_permissions(path, access_control_list=[])
    assert "bob@example.com" not in levels()
    described = workspace.jobs.get_permission_levels(path).permission_levels
    assert {one.permission_level for one in described} == set(JobPermissionLevel)


def test_what_does_not_exist(workspace: WorkspaceClient) -> None:
    """The SDK makes ResourceDoesNotExist of that status, code and sentence of a read; others stay what they are."""
    for read, sentence in (
        (lambda: workspace.jobs.get(MISSING), f"Job {MISSING} does not exist."),
        (lambda: workspace.jobs.get_run(MISSING), f"Run {MISSING} does not exist."),
        (lambda: workspace.jobs.get_run_output(MISSING), f"Run {MISSING} does not exist."),
        (lambda: workspace.clusters.get("none"), "Cluster none does not exist"),
    ):
        with pytest.raises(ResourceDoesNotExist) as refused:
            read()
        assert (str(refused.value), refused.value.error_code) == (sentence, "INVALID_PARAMETER_VALUE")
        assert isinstance(refused.value, NotFound)
    job, run = f"Job {MISSING} does not exist.", f"Run {MISSING} does not exist."
    for write, sentence in (
        (lambda: workspace.jobs.run_now(MISSING), job),
        (lambda: workspace.jobs.delete(MISSING), job),
        (lambda: workspace.jobs.update(MISSING, new_settings=JobSettings(name="x")), job),
        (lambda: workspace.jobs.reset(MISSING, new_settings=JobSettings(name="x", tasks=[check()])), job),
        (lambda: workspace.jobs.cancel_all_runs(job_id=MISSING), job),
        (lambda: workspace.jobs.cancel_run(MISSING), run),
        (lambda: workspace.jobs.delete_run(MISSING), run),
        (lambda: workspace.jobs.export_run(MISSING), run),
        (lambda: workspace.jobs.repair_run(MISSING, rerun_all_failed_tasks=True), run),
    ):
        with pytest.raises(InvalidParameterValue) as refused:
            write()
        assert str(refused.value) == sentence


def test_what_is_refused(workspace: WorkspaceClient, create: Callable[..., int]) -> None:
    job_id, ones = create(name="refusals"), {"a": "1"}
    note = Task(task_key="a", notebook_task=NotebookTask(notebook_path="x"))
    five_fields = CronSchedule(quartz_cron_expression="* * * * *", timezone_id="UTC")
    for field, call in (
        ("tasks[1].task_key", lambda: create(tasks=[check("a"), check("a")])),
        ("tasks[0].depends_on[0].task_key", lambda: create(tasks=[check("a", after="nobody")])),
        ("tasks[0].depends_on", lambda: create(tasks=[check("a", after="b"), check("b", after="a")])),
        ("tasks[0].notebook_task.notebook_path", lambda: create(tasks=[note])),
        ("schedule.quartz_cron_expression", lambda: create(schedule=five_fields)),
        (
            "tasks[0].pipeline_task",
            lambda: create(tasks=[Task(task_key="a", pipeline_task=PipelineTask(pipeline_id="p"))]),
        ),
        ("tasks[0].power_bi_task", lambda: create(tasks=[Task(task_key="a", power_bi_task=PowerBiTask())])),
        ("limit", lambda: list(workspace.jobs.list(limit=101))),
        ("page_token", lambda: list(workspace.jobs.list(page_token="nonsense"))),
        ("idempotency_token", lambda: workspace.jobs.run_now(job_id, idempotency_token="x" * 65)),
        ("job_parameters", lambda: workspace.jobs.run_now(job_id, job_parameters=ones, notebook_params=ones)),
        ("only[0]", lambda: workspace.jobs.run_now(job_id, only=["nobody"])),
        ("completed_only", lambda: list(workspace.jobs.list_runs(active_only=True, completed_only=True))),
    ):
        with pytest.raises(InvalidParameterValue) as refused:
            call()
        assert str(refused.value).startswith(f"{field}: ")
    run = workspace.jobs.run_now(job_id).result()
    with pytest.raises(BadRequest, match="no task of the run has failed"):
        workspace.jobs.repair_run(run.run_id, rerun_all_failed_tasks=True)
    with pytest.raises((Unauthenticated, PermissionDenied)):
        list(WorkspaceClient(host=os.environ["DATABRICKS_HOST"], token="nonsense").jobs.list())


def test_git_credentials(workspace: WorkspaceClient) -> None:
    assert list(workspace.git_credentials.list()) == []
    made = workspace.git_credentials.create("gitHub", git_username="ada", personal_access_token=uuid.uuid4().hex)
    listed = list(workspace.git_credentials.list())
    assert [(one.credential_id, one.git_username) for one in listed] == [(made.credential_id, "ada")]
    workspace.git_credentials.update(made.credential_id, "gitLab", git_username="grace", personal_access_token="y")
    assert workspace.git_credentials.get(made.credential_id).git_username == "grace"
    workspace.git_credentials.delete(made.credential_id)
    assert list(workspace.git_credentials.list()) == []
    with pytest.raises(NotFound):
        workspace.git_credentials.get(made.credential_id)


def test_notification_destinations(workspace: WorkspaceClient, create: Callable[..., int]) -> None:
    config = Config(generic_webhook=GenericWebhookConfig(url="http://127.0.0.1:9/hook"))
    made = workspace.notification_destinations.create(display_name="hook", config=config)
    assert made.destination_type == DestinationType.WEBHOOK
    assert made.id in [one.id for one in workspace.notification_destinations.list(page_size=1)]
    assert workspace.notification_destinations.update(made.id, display_name="renamed").display_name == "renamed"
    job_id = create(webhook_notifications=WebhookNotifications(on_failure=[Webhook(id=made.id)]))
    assert workspace.jobs.get(job_id).settings.webhook_notifications.on_failure[0].id == made.id
    with pytest.raises(InvalidParameterValue, match="webhook_notifications"):
        create(webhook_notifications=WebhookNotifications(on_failure=[Webhook(id=uuid.uuid4().hex)]))
    workspace.notification_destinations.delete(made.id)
    with pytest.raises(NotFound):
        workspace.notification_destinations.get(made.id)
