"""A run is watched while it runs, by server-sent events: nothing comes twice, and nothing is missing."""

import http.client
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from client import Client, notebook, notebook_task
from server import Server

PRINT_TWICE = """
import os, time
print("one")
while not os.path.exists("{go}"):
    time.sleep(0.02)
print("two")
"""
Events = Iterator[tuple[str, str, dict[str, Any]]]


@contextmanager
def watched(client: Client, run_id: int, last_event_id: str = "") -> Iterator[Events]:
    """The events' names, ids and data."""
    address = urlsplit(client.host)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    headers = {"Authorization": f"Bearer {client.token}"} | ({"Last-Event-ID": last_event_id} if last_event_id else {})
    try:
        connection.request("GET", f"/api/stoker/v1/runs/{run_id}/events", headers=headers)
        response = connection.getresponse()
        assert response.status == 200
        yield events_of(response)
    finally:
        connection.close()


def events_of(response: http.client.HTTPResponse) -> Events:
    event: dict[str, str] = {}
    for line in response:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name:
            event[name] = value
        elif "event" in event:
            yield event["event"], event["id"], json.loads(event["data"])
            event = {}


def text_until(events: Events, end: str) -> tuple[str, str]:
    """What has been printed when `end` has been, and the last event's id."""
    text = ""
    for name, event_id, data in events:
        if name in ("output", "log"):
            text += data.get("text", "")
        if end in text:
            return text, event_id
    return text, ""


@pytest.mark.parametrize("kind", ["notebook", "program"])
def test_what_is_printed_is_told_while_it_runs(client: Client, server: Server, cluster: str, kind: str) -> None:
    name = uuid.uuid4().hex
    source = PRINT_TWICE.format(go=f"/dbfs/{name}.go")
    dbfs = server.data_folder / "storage" / "dbfs"
    if kind == "notebook":
        task = notebook_task(client.import_notebook(notebook("pass", source)), cluster)
    else:
        (dbfs / f"{name}.py").write_text(source)
        (dbfs / f"{name}.py").chmod(0o644)
        task = {"task_key": "main", "existing_cluster_id": cluster, "spark_python_task": {"python_file": f"dbfs:/{name}.py"}}
    run_id = client.submit(task)
    with watched(client, run_id) as events:
        first, seen = text_until(events, "one\n")
    assert first == "one\n"
    (dbfs / f"{name}.go").touch()
    with watched(client, run_id, seen) as events:
        rest = list(events)
    assert "".join(data.get("text", "") for event, _, data in rest if event in ("output", "log")) == "two\n"
    assert [event for event, _, _ in rest if event in ("result", "end")] == ["result", "end"]
    assert rest[-1][2]["state"]["result_state"] == "SUCCESS"
    with watched(client, run_id) as events:
        assert text_until(events, "two\n")[0] == "one\ntwo\n"
