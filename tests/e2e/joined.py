"""Machines that have joined a server, and what an operator asks about them."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from hosts import SERVER_ADDRESS, Host
from server import BINARY, Server, environment
from waiting import until


class Node:
    """`stoker node` on a host, with a data folder of its own."""

    def __init__(self, server: Server, host: Host) -> None:
        self.server, self.host = server, host
        self.data_folder = server.data_folder.with_name(host.name)
        self.log_file = self.data_folder.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None
        self.data_folder.mkdir()
        # The host reaches no package index: what the server has built serves here, too.
        made = [folder for name in ("environments", "spark_jars") if (folder := server.data_folder / name).exists()]
        subprocess.run(["cp", "-al", *made, self.data_folder], check=True)

    def join(self, token: str, *options: str) -> "Node":
        url = api_url(self.server)
        return self._start("join", "--server", url, "--token", token, "--node-id", self.host.name, *options)

    def start(self, **environ: str) -> "Node":
        return self._start(**environ)

    def _start(self, *arguments: str, **environ: str) -> "Node":
        command = self.host.command(str(BINARY), "node", *arguments, "--data-dir", str(self.data_folder))
        with self.log_file.open("ab") as log:
            environ = environment(self.data_folder) | environ
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environ)
        until(lambda: self.state() == "READY" or self.process.poll() is not None, f"{self.host.name} to be ready", 60)
        assert self.process.poll() is None, self.log_file.read_text()[-4000:]
        return self

    def state(self) -> str:
        return states(self.server).get(self.host.name, "")

    def stop(self) -> None:
        if self.process:
            self.process.terminate()  # once: also one that was removed, and has no database any more, stops its workers
            self.process.wait(60)
            self.process = None


@contextmanager
def joined_node(server: Server, host: Host, *options: str) -> Iterator[Node]:
    """At the end neither the server nor the node runs anything."""
    made = Node(server, host)
    try:
        yield made.join(new_token(server), *options)
    finally:
        server.cancel_all()
        made.stop()


def api_url(server: Server) -> str:
    """As other machines reach it."""
    url = urlsplit(server.client.host)
    return f"{url.scheme}://{SERVER_ADDRESS}:{url.port}"


def stoker_node(server: Server, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    """As an operator on the server's machine."""
    command = [str(BINARY), "node", *arguments, "--data-dir", str(server.data_folder)]
    return subprocess.run(command, check=check, capture_output=True, text=True)


def new_token(server: Server) -> str:
    return stoker_node(server, "token", "create").stdout.strip()


def states(server: Server) -> dict[str, str]:
    lines = stoker_node(server, "list").stdout.splitlines()
    return {fields[0]: fields[1] for fields in (line.split("\t") for line in lines)}


def ask(server: Server, question: str) -> str:
    return server.sql(question).strip()


def node_of(server: Server, cluster_id: str) -> str:
    is_head = f"cluster_id = '{cluster_id}' AND is_head AND state IN ('STARTING', 'READY')"
    return ask(server, f"SELECT node_id FROM workers WHERE {is_head}")
