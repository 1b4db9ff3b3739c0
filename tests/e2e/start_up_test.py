"""What keeps `stoker up` from starting: one clear line on standard error and a non-zero exit."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from client import Client
from server import BINARY, Server, environment, up_command
from waiting import until


def refused(command: list[str], folder: Path) -> str:
    """The line it ends with."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment(folder), check=False)
    assert done.returncode not in (0, None)
    assert done.returncode > 0, f"ended by a signal: {done.returncode}"
    lines = done.stderr.strip().splitlines()
    assert lines, "nothing on standard error"
    assert "Traceback" not in done.stderr and "terminate called" not in done.stderr
    return lines[-1]


@pytest.fixture
def stopped(second_server: Server) -> Iterator[Server]:
    """A data folder that a server has used before, with none running on it."""
    if not second_server.process:
        second_server.start()
    second_server.stop()
    yield second_server


def test_the_port_is_taken(stopped: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refused(up_command(stopped.data_folder, port), stopped.data_folder)
    assert str(port) in line


def test_the_data_folder_is_of_a_newer_version(stopped: Server) -> None:
    version = stopped.data_folder / "version"
    before = version.read_text()
    version.write_text("1000000\n")
    try:
        line = refused(up_command(stopped.data_folder), stopped.data_folder)
    finally:
        version.write_text(before)
    assert "newer" in line
    assert str(stopped.data_folder) in line


def test_the_data_folder_is_in_use(own_server: Server) -> None:
    line = refused(up_command(own_server.data_folder), own_server.data_folder)
    assert str(own_server.data_folder) in line
    assert own_server.client.call("GET", "/readyz").status == 200


def test_ctrl_c_while_it_starts_leaves_nothing_running(stopped: Server) -> None:
    postgres = stopped.data_folder / "postgres/postmaster.pid"
    assert not postgres.exists()
    command = up_command(stopped.data_folder)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(stopped.data_folder))
    until(lambda: postgres.exists() or process.poll() is not None, "Postgres")
    process.send_signal(signal.SIGINT)
    assert process.wait(120) == 0
    assert not postgres.exists()


def test_postgres_is_not_there(tmp_path: Path) -> None:
    with socket.socket() as unused:  # bound and not listening: nobody answers on this port
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        url = f"postgresql://stoker@127.0.0.1:{port}/stoker"
        folder = tmp_path / "data"
        line = refused([*up_command(folder), "--database-url", url], folder)
    assert "127.0.0.1" in line or str(port) in line


def test_the_data_folder_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    line = refused(up_command(tmp_path / "file" / "data"), tmp_path / "data")
    assert str(tmp_path / "file") in line


def test_a_wrong_option_names_itself() -> None:
    done = subprocess.run([str(BINARY), "up", "--prot", "1"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode > 0
    assert "--prot" in done.stderr


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_a_node_is_not_reached_at_all_addresses(address: str) -> None:
    command = [str(BINARY), "node", "--address", address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode > 0
    assert f"--address: {address} is no address at which others reach this machine" in done.stderr


def test_what_up_writes(own_server: Server) -> None:
    connection = own_server.connection_file
    assert connection.stat().st_mode & 0o777 == 0o600
    profile = Path(environment(own_server.data_folder)["DATABRICKS_CONFIG_FILE"])
    assert "[stoker]" in profile.read_text()
    assert profile.stat().st_mode & 0o777 == 0o600
    secrets = own_server.data_folder / "secrets"
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_uid == os.geteuid() for file in secrets.iterdir())


def test_a_second_start_keeps_everything(own_server: Server) -> None:
    client = own_server.client
    path = client.import_notebook("# Databricks notebook source\n1\n")
    own_server.stop()
    own_server.start()
    kept = Client(own_server.client.host, client.token)
    assert kept.get("/api/2.0/workspace/get-status", path=path)["object_type"] == "NOTEBOOK"
