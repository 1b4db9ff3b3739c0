"""The API with TLS: what its clients, notebooks among them, know it by."""

import json
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from server import BINARY, Server, environment, server_on_a_new_folder, up_command
from story_test import PREDICT, train

# Three clients of a notebook that know nothing of Stoker; each asks who it is.
ASK = """
import json, os, subprocess, urllib.request
import requests
url = os.environ["DATABRICKS_HOST"] + "/api/2.0/preview/scim/v2/Me"
bearer = {"Authorization": "Bearer " + os.environ["DATABRICKS_TOKEN"]}
answers = [
    requests.get(url, headers=bearer).json(),
    json.load(urllib.request.urlopen(urllib.request.Request(url, headers=bearer))),
    json.loads(subprocess.check_output(["curl", "-sS", "-H", "Authorization: " + bearer["Authorization"], url])),
]
dbutils.notebook.exit(json.dumps([url, *(answer["userName"] for answer in answers)]))
"""


@pytest.fixture(scope="module")
def farm() -> Iterator[Server]:
    with server_on_a_new_folder() as server:
        server.start("--tls")
        yield server


@pytest.fixture(scope="module")
def cluster(farm: Server) -> str:
    return farm.client.create_cluster(cluster_name="behind TLS")


def healthz(url: str, trust: ssl.SSLContext | None = None) -> bytes:
    with urllib.request.urlopen(f"{url}/healthz", context=trust, timeout=20) as answer:
        content: bytes = answer.read()
        return content


def test_its_authority_vouches_for_it_and_nobody_else_does(farm: Server) -> None:
    connection = json.loads(farm.connection_file.read_text())
    assert connection["host"].startswith("https://127.0.0.1:")
    assert healthz(connection["host"], ssl.create_default_context(cafile=connection["ca_bundle"])) == b'{"status":"ok"}'
    only_the_machine = ssl.create_default_context()
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        healthz(connection["host"], only_the_machine)
    with pytest.raises(urllib.error.HTTPError) as refusal:
        healthz(connection["host"].replace("https:", "http:"))
    assert "https://" in json.load(refusal.value)["message"]


def test_the_story_in_a_notebook(farm: Server, cluster: str) -> None:
    client = farm.client
    model_run = train(client, cluster, 2)
    for x in ("3", "4"):
        answer = client.run_notebook(cluster, PREDICT, model_run=model_run, x=x, seconds=240)
        assert answer.result_json == {"status": "OK", "results": [2.0 * int(x) + 1]}
    assert answer.details["run_page_url"].startswith(client.host + "/")


def test_clients_in_a_notebook_trust_it(farm: Server, cluster: str) -> None:
    url, *names = farm.client.run_notebook(cluster, ASK).result_json
    assert url.startswith("https://")
    assert names == ["admin@stoker.local"] * 3


@pytest.mark.spark
def test_init_scripts_and_sparks_python_workers_trust_it(farm: Server) -> None:
    client = farm.client
    client.post("/api/2.0/dbfs/mkdirs", {"path": "/scripts"})
    script = f"curl -sSf {client.host}/healthz >/databricks/answer\n"
    assert client.call("PUT", "/dbfs/scripts/ask.sh", script.encode()).status == 200
    scripts = [{"dbfs": {"destination": "dbfs:/scripts/ask.sh"}}]
    cluster_id = client.create_cluster(cluster_name="asks", init_scripts=scripts)
    source = """
import json, os, requests
url = os.environ["DATABRICKS_HOST"] + "/healthz"
answers = [open("/databricks/answer").read(), *sc.parallelize([url], 1).map(lambda url: requests.get(url).text).collect()]
dbutils.notebook.exit(json.dumps(answers))
"""
    assert client.run_notebook(cluster_id, source, seconds=300).result_json == ['{"status":"ok"}'] * 2


def test_an_operator_on_the_machine_trusts_it(farm: Server) -> None:
    command = [str(BINARY), "node", "list", "--data-dir", str(farm.data_folder)]
    assert "READY" in subprocess.run(command, check=True, capture_output=True, text=True).stdout


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An operator's own authority, and a certificate of it for localhost."""
    folder = tmp_path_factory.mktemp("site")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    openssl("req", "-x509", *key, "-subj", "/CN=site", "-keyout", str(folder / "site.key"), "-out", str(folder / "site.crt"))
    name = ["-subj", "/CN=stoker", "-addext", "subjectAltName=DNS:localhost"]
    openssl("req", *key, *name, "-keyout", str(folder / "key.pem"), "-out", str(folder / "request"))
    signed = ["-CA", str(folder / "site.crt"), "-CAkey", str(folder / "site.key"), "-days", "2", "-copy_extensions", "copy"]
    openssl("x509", "-req", "-in", str(folder / "request"), *signed, "-out", str(folder / "certificate.pem"))
    return folder


def test_an_operators_own_certificate(farm: Server, site: Path, cluster: str) -> None:
    farm.stop()
    certificate = ["--tls-certificate", str(site / "certificate.pem"), "--tls-key", str(site / "key.pem")]
    farm.start(*certificate, "--tls-authority", str(site / "site.crt"), "--no-mlflow")
    assert farm.client.host.startswith("https://localhost:")
    url, *names = farm.client.run_notebook(cluster, ASK).result_json
    assert url.startswith("https://localhost:")
    assert names == ["admin@stoker.local"] * 3


def test_a_certificate_without_its_key_is_one_line(site: Path, tmp_path: Path) -> None:
    def refusal(*options: str) -> str:
        folder = tmp_path / "data"
        command = [*up_command(folder), "--no-mlflow", *options]
        ended = subprocess.run(command, capture_output=True, text=True, env=environment(folder), timeout=60)
        assert ended.returncode != 0
        return ended.stderr

    assert "--tls-certificate and --tls-key belong together" in refusal("--tls-certificate", str(site / "certificate.pem"))
    wrong = refusal("--tls-certificate", str(site / "certificate.pem"), "--tls-key", str(site / "site.key"))
    assert "holds no usable key of that certificate" in wrong
