"""Raw REST calls as Postman makes them: its collection, run by newman."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from client import Client
from server import ROOT

COLLECTION = Path(__file__).parent / "postman/stoker.postman_collection.json"
NEWMAN = ROOT / "build/newman/node_modules/.bin/newman"


@pytest.fixture
def report(client: Client, cluster: str, tmp_path: Path) -> dict[str, Any]:
    """What newman tells of the whole collection, beside a cluster that is warm."""
    assert NEWMAN.exists(), f"{NEWMAN} is not there: deploy/test installs it"
    values = [{"key": "host", "value": client.host}, {"key": "token", "value": client.token}]
    environment, report = tmp_path / "environment.json", tmp_path / "report.json"
    environment.write_text(json.dumps({"name": "test", "values": values}))
    command = [str(NEWMAN), "run", str(COLLECTION), "--environment", str(environment), "--delay-request", "100"]
    command += ["--timeout-request", "60000", "--reporters", "json", "--reporter-json-export", str(report)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=900, env=os.environ | {"NO_COLOR": "1"})
    assert report.exists(), f"newman ended with {ended.returncode}:\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}"
    return json.loads(report.read_text())["run"]


def test_the_collection_runs_through(report: dict[str, Any]) -> None:
    assert [(failure["source"]["name"], failure["error"]["message"]) for failure in report["failures"]] == []
    asked = [execution["item"]["name"] for execution in report["executions"]]
    everything = [item["name"] for item in json.loads(COLLECTION.read_text())["item"]]
    assert list(dict.fromkeys(asked)) == everything
    assert asked.count("Run the job") == 3
    assert report["stats"]["assertions"]["total"] >= 2 * len(everything)
