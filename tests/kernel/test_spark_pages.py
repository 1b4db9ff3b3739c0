"""Spark's UI, asked for through the driver: no port of it is left open."""

import base64
import re
from pathlib import Path

import pytest

pytest.importorskip("pyspark")

from spark_driver import DriverUnderTest  # noqa: E402

BASE = "/sparkui/0101-000000-abcd/worker"


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    made = DriverUnderTest(tmp_path_factory.mktemp("driver"), spark_conf={"spark.master": "local[1]"})
    made.run_kernel("k", lambda kernel: kernel.spark().range(3).count())
    yield made
    made.stop()


def page(driver, target):
    answer = driver.call("page", request_id=7, target=target, base=BASE)
    assert (answer["event"], answer["request_id"]) == ("page", 7)
    head, _, body = base64.b64decode(answer["response"]).partition(b"\r\n\r\n")
    return head.decode(), body.decode()


def listening_ports_of(pid):
    """TCP ports that a process listens on."""
    sockets = set()
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets |= set(re.findall(r"socket:\[(\d+)\]", str(fd.readlink())))
        except FileNotFoundError:
            continue
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]]
    return {int(fields[1].split(":")[1], 16) for fields in lines if fields[3] == "0A" and fields[9] in sockets}


def test_links_begin_with_where_the_pages_are(driver):
    head, body = page(driver, "/jobs/")
    assert head.startswith("HTTP/1.1 200")
    assert f'href="{BASE}/stages/"' in body and f'href="{BASE}/SQL/"' in body
    assert "Completed Jobs" in body
    links = re.findall(r'(?:href|src)="(/[^"]*)"', body)
    assert links and all(link.startswith(BASE + "/") for link in links)


def test_what_pages_load_is_there(driver):
    head, body = page(driver, "/api/v1/applications")
    assert head.startswith("HTTP/1.1 200") and '"attempts"' in body
    head, body = page(driver, "/static/webui.css")
    assert head.startswith("HTTP/1.1 200") and "text/css" in head


def test_the_root_leads_to_the_jobs(driver):
    head, _ = page(driver, "/")
    assert head.startswith("HTTP/1.1 302")
    assert re.search(r"^Location: http://localhost/jobs/\s*$", head, re.MULTILINE)


def test_nobody_reaches_it_by_a_port(driver):
    ports = listening_ports_of(driver.ready["java_pid"])
    assert ports  # Spark's own, with secrets of their own
    for port in ports:
        assert not answers_http(port)


def answers_http(port):
    import socket

    with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.sendall(b"GET /jobs/ HTTP/1.0\r\n\r\n")
        connection.settimeout(2)
        try:
            return connection.recv(16).startswith(b"HTTP/")
        except OSError:
            return False


def test_a_definition_may_turn_it_off(tmp_path):
    driver = DriverUnderTest(tmp_path, spark_conf={"spark.master": "local[1]", "spark.ui.enabled": "false"})
    try:
        head, body = page(driver, "/jobs/")
        assert head.startswith("HTTP/1.1 503") and "spark.ui.enabled" in body
    finally:
        driver.stop()
