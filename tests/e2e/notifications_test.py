"""People are told of runs: by a real mail server and a real receiver of webhooks."""

import hashlib
import hmac
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from client import Client, Json, notebook, notebook_task
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound
from databricks.sdk.service.settings import Config, DestinationType, GenericWebhookConfig
from receivers import HookReceiver, MailServer
from server import Server, await_cell, signal_cell
from waiting import until

SECRET = "a secret of the tests"
ANN = "ann@example.com"
PASSES = notebook("dbutils.notebook.exit('fine')")
FAILS = notebook("raise ValueError('no rows')")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="stoker-e2e-mail-") as name:
        Path(name).chmod(0o755)  # builds of libraries read the authorities, too
        yield Path(name)


@pytest.fixture(scope="module")
def mail_server(folder: Path) -> Iterator[MailServer]:
    server = MailServer(folder)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def receiver() -> Iterator[HookReceiver]:
    server = HookReceiver()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def start(second_server: Server, mail_server: MailServer, folder: Path) -> Callable[[], Server]:
    """Starts a server that reaches both, and trusts the mail server's certificate beside the usual ones."""
    password, authorities = folder / "password", folder / "authorities.pem"
    password.write_text(mail_server.PASSWORD)
    usual = ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"
    authorities.write_text(Path(usual).read_text() + mail_server.certificate.read_text())
    smtp = ["--smtp-url", mail_server.url, "--smtp-from", "stoker@example.com"]
    login = ["--smtp-user", mail_server.USER, "--smtp-password-file", str(password)]
    options = [*smtp, *login, "--allow-outbound", "127.0.0.1"]
    return lambda: second_server.start(*options, SSL_CERT_FILE=str(authorities))


@pytest.fixture(scope="module")
def telling(second_server: Server, start: Callable[[], Server]) -> Iterator[Server]:
    if second_server.process:
        second_server.stop()
    yield start()
    if second_server.process:
        second_server.stop()


@pytest.fixture(scope="module")
def busy_cluster(telling: Server) -> str:
    cluster_id = telling.client.create_cluster(cluster_name="notifications")
    assert telling.client.run_notebook(cluster_id, PASSES, seconds=900).result == "fine"
    return cluster_id


@pytest.fixture(scope="module")
def destination(telling: Server, receiver: HookReceiver) -> str:
    config = {"generic_webhook": {"url": receiver.url, "stoker_secret": SECRET}}
    return telling.client.post("/api/2.0/notification-destinations", {"display_name": "e2e", "config": config})["id"]


def told(client: Client, run_id: int) -> list[Json]:
    return client.get(f"/api/stoker/v1/runs/{run_id}/notifications")["notifications"]


def all_delivered(client: Client, run_id: int, count: int) -> bool:
    return [one["state"] for one in told(client, run_id)] == ["DELIVERED"] * count


def job_of(client: Client, cluster_id: str, source: str, task: Json, **settings: Json) -> int:
    return client.create_job(notebook_task(client.import_notebook(source), cluster_id, **task), **settings)


def test_a_success_is_told_by_mail_and_webhook(
    telling: Server, busy_cluster: str, destination: str, mail_server: MailServer, receiver: HookReceiver
) -> None:
    client = telling.client
    job_id = job_of(
        client,
        busy_cluster,
        PASSES,
        {},
        name="näming",
        email_notifications={"on_start": [ANN], "on_success": [ANN], "on_failure": ["no@example.com"]},
        webhook_notifications={"on_success": [{"id": destination}]},
    )
    run_id = client.run_now(job_id)
    started, succeeded = mail_server.next(), mail_server.next()
    assert [started.sender, *started.recipients] == ["stoker@example.com", ANN]
    assert {started.message["Subject"], succeeded.message["Subject"]} == {
        "[Stoker] Job näming started",
        "[Stoker] Job näming succeeded",
    }
    assert f"/run/{run_id}" in succeeded.text
    hook = receiver.next()
    assert hook.json["event_type"] == "jobs.on_success"
    assert hook.json["job"] == {"job_id": job_id, "name": "näming"}
    assert hook.json["run"] == {"run_id": run_id}
    signed = hook.headers["x-stoker-timestamp"].encode() + b"." + hook.body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert hook.headers["x-stoker-signature"] == f"v1={expected}"
    until(lambda: all_delivered(client, run_id, 3), "the deliveries to be recorded")


def test_of_a_task_that_is_tried_again_the_last_failure_is_told(
    telling: Server, busy_cluster: str, destination: str, receiver: HookReceiver
) -> None:
    client = telling.client
    task: Json = {
        "max_retries": 1,
        "webhook_notifications": {"on_start": [{"id": destination}], "on_failure": [{"id": destination}]},
        "notification_settings": {"alert_on_last_attempt": True},
    }
    run = client.finish(client.run_now(job_of(client, busy_cluster, FAILS, task)))
    hooks = [receiver.next(), receiver.next()]
    assert [hook.json["event_type"] for hook in hooks] == ["jobs.on_start", "jobs.on_failure"]
    assert hooks[1].json["run"]["parent_run_id"] == run.run_id
    assert hooks[1].json["task"] == {"task_key": "main", "attempt_number": 1}
    assert "no rows" in hooks[1].json["error"]
    until(lambda: all_delivered(client, run.run_id, 2), "the deliveries to be recorded")


def test_what_runs_for_too_long_is_told_while_it_runs(
    telling: Server, busy_cluster: str, destination: str, receiver: HookReceiver
) -> None:
    client = telling.client
    run_id = client.run_now(
        job_of(
            client,
            busy_cluster,
            notebook(signal_cell("slow-runs"), await_cell("slow-may-end")),
            {},
            webhook_notifications={"on_duration_warning_threshold_exceeded": [{"id": destination}]},
            health={"rules": [{"metric": "RUN_DURATION_SECONDS", "op": "GREATER_THAN", "value": 1}]},
        )
    )
    hook = receiver.next()
    assert hook.json["event_type"] == "jobs.on_duration_warning_threshold_exceeded"
    assert hook.json["run"] == {"run_id": run_id}
    telling.signal_to_notebook("slow-may-end")
    assert client.finish(run_id).result_state == "SUCCESS"


def test_a_skipped_run_is_told_unless_it_is_muted(
    telling: Server, busy_cluster: str, destination: str, receiver: HookReceiver
) -> None:
    client = telling.client
    loud: Json = {"max_concurrent_runs": 0, "webhook_notifications": {"on_failure": [{"id": destination}]}}
    muted = loud | {"notification_settings": {"no_alert_for_skipped_runs": True}}
    for settings in (muted, loud):
        job_id = job_of(client, busy_cluster, PASSES, {}, **settings)
        run = client.finish(client.run_now(job_id))
        assert run.state["life_cycle_state"] == "SKIPPED"
    assert receiver.next().json["run"] == {"run_id": run.run_id}, "the one that is not muted, and no other"


def test_a_killed_server_loses_no_word(
    telling: Server, start: Callable[[], Server], busy_cluster: str, destination: str, receiver: HookReceiver
) -> None:
    receiver.answers.put(503)
    client = telling.client
    hooks = {"on_failure": [{"id": destination}]}
    run_id = client.run_now(job_of(client, busy_cluster, FAILS, {}, webhook_notifications=hooks))
    first = receiver.next()
    until(lambda: ["last_error" in one for one in told(client, run_id)] == [True], "the failure to be recorded")
    telling.kill()
    start()
    second = receiver.next(120)  # the pause after a first try is half a minute at most
    assert second.headers["x-stoker-delivery"] == first.headers["x-stoker-delivery"]
    until(lambda: all_delivered(telling.client, run_id, 1), "the delivery to be recorded")


def test_destinations_through_the_sdk(telling: Server) -> None:
    workspace = WorkspaceClient(host=telling.client.host, token=telling.client.token)
    config = Config(generic_webhook=GenericWebhookConfig(url="https://example.com/hook", password="p", username="u"))
    made = workspace.notification_destinations.create(display_name="sdk", config=config)
    assert made.id and made.destination_type == DestinationType.WEBHOOK
    found = workspace.notification_destinations.get(made.id)
    assert found.config and found.config.generic_webhook
    assert found.config.generic_webhook.as_dict() == {"password_set": True, "url_set": True, "username_set": True}
    assert made.id in [one.id for one in workspace.notification_destinations.list(page_size=1)]
    assert workspace.notification_destinations.update(made.id, display_name="renamed").display_name == "renamed"
    workspace.notification_destinations.delete(made.id)
    with pytest.raises(NotFound):
        workspace.notification_destinations.get(made.id)


def test_a_job_names_only_destinations_that_are_there(telling: Server, busy_cluster: str) -> None:
    task = notebook_task("/Shared/n", busy_cluster) | {"webhook_notifications": {"on_start": [{"id": "nowhere"}]}}
    answer = telling.client.call("POST", "/api/2.2/jobs/create", {"name": "n", "tasks": [task]})
    assert answer.status == 400
    assert answer.json["error_code"] == "INVALID_PARAMETER_VALUE"
    assert answer.json["message"].startswith("tasks[0].webhook_notifications.on_start[0].id: ")
