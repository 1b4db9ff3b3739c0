"""The example with real Spark NLP, as deploy/quickstart runs it, and a second pipeline beside it."""

import json
import subprocess
import uuid

import pytest
from client import Client, notebook, notebook_task
from server import ROOT, Server

pytestmark = pytest.mark.spark

EXAMPLE = ROOT / "examples/lemmatizer"


def run_example(server: Server) -> dict:
    """What the driver script prints: job_id, run_id and notebook_output."""
    command = [str(EXAMPLE / "run"), "--connection", str(server.connection_file)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=900, check=False)
    assert done.returncode == 0, "examples/lemmatizer/run failed; its messages are above"
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def example(server: Server) -> dict:
    return run_example(server)


@pytest.fixture(scope="module")
def second_model(client: Client, example: dict) -> str:
    """The URI of a pipeline trained from another dictionary, on the example's cluster."""
    (task,) = client.get("/api/2.1/jobs/get", job_id=example["job_id"])["settings"]["tasks"]
    folder = f"/Shared/e2e/{uuid.uuid4().hex}"
    client.import_notebook(notebook("LEMMAS = 'rodent -> mice\\ntrot -> running\\n'"), f"{folder}/lemmas")
    path = client.import_notebook((EXAMPLE / "train.py").read_text(), f"{folder}/train")
    run = client.finish(client.submit(notebook_task(path, task["existing_cluster_id"])), 240)
    return run.result_json["model_uri"]


def ask(client: Client, example: dict, text: str, **parameters: str) -> list[str]:
    body = {"job_id": example["job_id"], "notebook_params": {"text": text} | parameters}
    answer = client.post("/api/2.1/jobs/run-now", body, wait=120)
    assert answer["state"]["result_state"] == "SUCCESS", answer
    result = json.loads(answer["notebook_output"]["result"])
    assert result["status"] == "OK"
    return result["results"]


def test_lemmas_are_computed(example: dict) -> None:
    result = json.loads(example["notebook_output"]["result"])
    assert result["status"] == "OK"
    assert {"child", "be", "run", "mouse"} <= set(result["results"])


def test_other_texts(client: Client, example: dict) -> None:
    assert ask(client, example, "children were running") == ["child", "be", "run"]
    assert ask(client, example, "mice") == ["mouse"]


def test_two_pipelines_in_turn(client: Client, example: dict, second_model: str) -> None:
    for _ in range(2):
        assert ask(client, example, "mice") == ["mouse"]
        assert ask(client, example, "mice", model_uri=second_model) == ["rodent"]
    assert ask(client, example, "running", model_uri=second_model) == ["trot"]


def test_a_second_start_makes_nothing_twice(server: Server, example: dict) -> None:
    again = run_example(server)
    assert again["job_id"] == example["job_id"]
    assert again["run_id"] != example["run_id"]
