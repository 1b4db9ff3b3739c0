"""The peers that bench/peers has installed, behind what the cases ask of them."""

import http.client
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stoker_bench.database import Database
from stoker_bench.places import PEERS, first_line_of

Spec = dict[str, Any]
START_SECONDS = 60


@dataclass(frozen=True)
class QueueLibrary:
    """A queue library on Stoker's Postgres, in a database of its own, behind the routes of bench/peer_programs."""

    name: str
    command: tuple[str, ...]
    note: str

    @property
    def folder(self) -> Path:
        return PEERS / self.name

    @contextmanager
    def serving(self, postgres: Database) -> Iterator["Front"]:
        database = postgres.create(f"bench_{re.sub('[^a-z]', '_', self.name)}")
        environment = {"PGHOST": str(database.sockets), "PGUSER": "stoker", "PGPASSWORD": database.password}
        environment |= {"PGDATABASE": database.name, "NO_LOG_SUCCESS": "1"}
        process = subprocess.Popen(
            self.command, cwd=self.folder, env=os.environ | environment, stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout
            port = process.stdout.readline()
            if not port:
                raise RuntimeError(f"{self.name} did not start")
            yield Front(int(port))
        finally:
            process.terminate()
            process.wait(START_SECONDS)


@dataclass(frozen=True)
class Front:
    """The routes of a running queue library."""

    port: int

    def post(self, path: str) -> dict[str, Any]:
        return post(self.port, path)

    def load(self, path: str) -> Spec:
        rotation = [{"method": "POST", "path": path}]
        return {"host": "127.0.0.1", "port": self.port, "rotation": rotation, "expect": '"run_id"'}


QUEUE_LIBRARIES = [
    QueueLibrary("graphile-worker", ("node", "server.mjs"), "no process per job; same Postgres, same durability"),
    QueueLibrary(
        "river", ("./river-bench",), "no process per job; same Postgres, same durability; tells of completion by batch"
    ),
]


@dataclass(frozen=True)
class Restate:
    """Restate's server with a Node service, each in a process of its own, on its own log."""

    name: str = "restate"
    note: str = "a Node handler; its own log, which it does not flush to disk at every step unless told to"

    @property
    def folder(self) -> Path:
        return PEERS / self.name

    @contextmanager
    def serving(self, data_folder: Path) -> Iterator[Spec]:
        """What a load is to send for one run to its end."""
        service_port, ingress_port, admin_port, node_port = (free_port() for _ in range(4))
        settings = {
            "RESTATE_INGRESS__BIND_ADDRESS": f"127.0.0.1:{ingress_port}",
            "RESTATE_ADMIN__BIND_ADDRESS": f"127.0.0.1:{admin_port}",
            "RESTATE_BIND_ADDRESS": f"127.0.0.1:{node_port}",
            "RESTATE_DISABLE_TELEMETRY": "true",
            "RESTATE_LOG_FILTER": "error",
            "SERVICE_PORT": str(service_port),
        }
        environment = os.environ | settings
        log = (data_folder.with_suffix(".log")).open("ab")
        server = [self.folder / "node_modules/.bin/restate-server", "--base-dir", data_folder]
        service = ["node", "service.mjs"]
        running = [
            subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)
            for command in (service, server)
        ]
        try:
            until_served(lambda: post(admin_port, "/deployments", {"uri": f"http://127.0.0.1:{service_port}"}))
            until_served(lambda: post(ingress_port, "/bench/run", {"text": "hello"}))
            request = {"method": "POST", "path": "/bench/run", "body": '{"text":"hello"}'}
            headers = {"Content-Type": "application/json"}
            yield {
                "host": "127.0.0.1",
                "port": ingress_port,
                "headers": headers,
                "rotation": [request],
                "expect": "HELLO",
            }
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(START_SECONDS)
            log.close()


RESTATE = Restate()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def installed(peers: list[Any]) -> list[Any]:
    return [peer for peer in peers if peer.folder.exists()]


def post(port: int, path: str, body: Any = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read().decode()
        if response.status not in (200, 201):
            raise RuntimeError(f"POST {path}: {response.status} {text[:300]}")
        return json.loads(text)
    finally:
        connection.close()


def until_served(ask) -> None:
    """The one retry loop: a peer tells nobody when it is ready."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            ask()
            return
        except (OSError, RuntimeError, http.client.HTTPException):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def versions() -> dict[str, str]:
    """Of the peers that are installed."""
    found = {}
    if (PEERS / "graphile-worker").exists():
        found["graphile-worker"] = package_version("graphile-worker", "graphile-worker")
    if (PEERS / "restate").exists():
        found["restate"] = package_version("restate", "@restatedev/restate-server")
    if (PEERS / "river").exists():
        found["river"] = re.search(r"river (v\S+)", (PEERS / "river/go.mod").read_text())[1]
    if found:
        found |= {"node": first_line_of("node", "--version"), "go": first_line_of("go", "version")}
    return found


def package_version(peer: str, package: str) -> str:
    return json.loads((PEERS / peer / "node_modules" / package / "package.json").read_text())["version"]
