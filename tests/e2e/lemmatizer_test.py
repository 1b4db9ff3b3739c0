"""The example with real Spark NLP, as deploy/quickstart runs it."""

import json
import subprocess

import pytest
from client import Client
from server import ROOT, Server

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def example(server: Server) -> dict:
    """What the driver script prints: job_id, run_id and notebook_output."""
    command = [str(ROOT / "examples/lemmatizer/run"), "--connection", str(server.connection_file)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=900, check=False)
    assert done.returncode == 0, "examples/lemmatizer/run failed; its messages are above"
    return json.loads(done.stdout)


def ask(client: Client, example: dict, text: str, **parameters: str) -> dict:
    body = {"job_id": example["job_id"], "notebook_params": {"text": text} | parameters}
    answer = client.post("/api/2.1/jobs/run-now", body, wait=120)
    assert answer["state"]["result_state"] == "SUCCESS", answer
    return json.loads(answer["notebook_output"]["result"])


def lemmas(result: dict) -> list[str]:
    """The annotations' `result` texts, however deep they stand."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key == "result" and isinstance(inner, str):
                    found.append(inner)
                else:
                    walk(inner)
        elif isinstance(value, list):
            if value and all(isinstance(inner, str) for inner in value):
                found.extend(value)
            else:
                for inner in value:
                    walk(inner)

    walk(result["results"])
    return found


def test_lemmas_are_computed(example: dict) -> None:
    result = json.loads(example["notebook_output"]["result"])
    assert result["status"] == "OK"
    assert lemmas(result)


def test_another_text(client: Client, example: dict) -> None:
    result = ask(client, example, "children were running")
    assert result["status"] == "OK"
    assert lemmas(result) == ["child", "be", "run"]


def test_a_second_text_is_not_answered_with_the_first(client: Client, example: dict) -> None:
    assert lemmas(ask(client, example, "mice")) == ["mouse"]
    assert lemmas(ask(client, example, "children")) == ["child"]
