"""The peers that bench/peers has installed, behind what the cases ask of them."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stoker_bench.cold_start import cold_start
from stoker_bench.database import Database
from stoker_bench.measure import Figures
from stoker_bench.places import PEERS, first_line_of

Spec = dict[str, Any]
START_SECONDS = 60


@dataclass(frozen=True)
class QueueLibrary:
    """A queue library on Stoker's Postgres, in a database of its own, behind the routes of bench/peer_programs."""

    name: str
    command: tuple[str, ...]

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


QUEUE_LIBRARIES = [QueueLibrary("graphile-worker", ("node", "server.mjs")), QueueLibrary("river", ("./river-bench",))]


@dataclass(frozen=True)
class Restate:
    """Restate's server with a Node service, each in a process of its own, on its own log."""

    name: str = "restate"

    @property
    def folder(self) -> Path:
        return PEERS / self.name

    @property
    def server(self) -> Path:
        return self.folder / "node_modules/.bin/restate-server"

    def cold_start(self, folder: Path) -> Figures:
        ports = RestatePorts.free()
        command = [self.server, "--base-dir", folder / "data"]
        return cold_start(command, ports.ingress, "/restate/health", folder, **ports.settings())

    @contextmanager
    def serving(self, data_folder: Path) -> Iterator[Spec]:
        """What a load is to send for one run to its end."""
        ports = RestatePorts.free()
        environment = os.environ | ports.settings()
        log = data_folder.with_suffix(".log").open("ab")
        running = [
            subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)
            for command in (["node", "service.mjs"], [self.server, "--base-dir", data_folder])
        ]
        try:
            until_served(lambda: post(ports.admin, "/deployments", {"uri": f"http://127.0.0.1:{ports.service}"}))
            until_served(lambda: post(ports.ingress, "/bench/run", {"text": "hello"}))
            request = {"method": "POST", "path": "/bench/run", "body": '{"text":"hello"}'}
            headers = {"Content-Type": "application/json"}
            where = {"host": "127.0.0.1", "port": ports.ingress, "headers": headers}
            yield where | {"rotation": [request], "expect": "HELLO"}
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(START_SECONDS)
            log.close()


@dataclass(frozen=True)
class RestatePorts:
    service: int
    ingress: int
    admin: int
    node: int

    @classmethod
    def free(cls) -> "RestatePorts":
        return cls(*(free_port() for _ in range(4)))

    def settings(self) -> dict[str, str]:
        return {
            "SERVICE_PORT": str(self.service),
            "RESTATE_INGRESS__BIND_ADDRESS": f"127.0.0.1:{self.ingress}",
            "RESTATE_ADMIN__BIND_ADDRESS": f"127.0.0.1:{self.admin}",
            "RESTATE_BIND_ADDRESS": f"127.0.0.1:{self.node}",
            "RESTATE_DISABLE_TELEMETRY": "true",
            "RESTATE_LOG_FILTER": "error",
        }


@dataclass(frozen=True)
class Emulator:
    """Another emulator of this API, a Python package. None keeps its runs as durably, so only size and start are told."""

    name: str
    health: str
    prepare: tuple[str, ...] = ()  # its arguments to make the folder that it is started in, if it needs that
    serve: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        return PEERS / self.name

    def cold_start(self, folder: Path) -> Figures:
        port = free_port()
        program = self.folder / "venv/bin" / self.name
        if self.prepare and not folder.exists():
            folder.mkdir(parents=True)
            subprocess.run([program, *self.prepare], cwd=folder, check=True, stdout=sys.stderr)
        command = [program, *self.serve, "--port", str(port)]
        return cold_start(command, port, self.health, folder, HOME=str(folder))

    def version(self) -> str:
        (package,) = (self.folder / "venv/lib").glob(f"*/site-packages/{self.name}-*.dist-info")
        return package.name.removeprefix(f"{self.name}-").removesuffix(".dist-info")


RESTATE = Restate()
EMULATORS = [
    Emulator("minilake", "/_minilake/health"),
    Emulator(
        "brickhouse",
        "/health",
        prepare=("init", "--workspace", "workspace"),
        serve=("serve", "--workspace", "workspace"),
    ),
]


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
    found |= {emulator.name: emulator.version() for emulator in installed(EMULATORS)}
    if found:
        found |= {"node": first_line_of("node", "--version"), "go": first_line_of("go", "version")}
    return found


def package_version(peer: str, package: str) -> str:
    return json.loads((PEERS / peer / "node_modules" / package / "package.json").read_text())["version"]
