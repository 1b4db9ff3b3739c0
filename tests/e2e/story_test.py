"""The main job with a small scikit-learn model: train and log, import, define, run, read the answer."""

import json
from typing import Any

import pytest
from client import Client, notebook, notebook_task
from waiting import until

TRAIN = """
import mlflow, numpy
from sklearn.linear_model import LinearRegression
dbutils.widgets.text("slope", "2")
slope = float(dbutils.widgets.get("slope"))
x = numpy.arange(10.0).reshape(-1, 1)
model = LinearRegression().fit(x, slope * x.ravel() + 1)
with mlflow.start_run() as run:
    mlflow.log_param("slope", slope)
    mlflow.sklearn.log_model(model, name="line")
dbutils.notebook.exit(run.info.run_id)
"""
PREDICT = """
import json, mlflow
dbutils.widgets.text("x", "NOT_SET")
dbutils.widgets.text("model_run", "NOT_SET")
x = dbutils.widgets.get("x")
model = mlflow.pyfunc.load_model(f"runs:/{dbutils.widgets.get('model_run')}/line")
dbutils.notebook.exit(json.dumps({"status": "OK", "results": [round(float(model.predict([[float(x)]])[0]), 3)]}))
"""


def train(client: Client, cluster: str, slope: int) -> str:
    return client.run_notebook(cluster, TRAIN, slope=str(slope), seconds=240).result


@pytest.fixture(scope="module")
def models(client: Client, cluster: str) -> tuple[str, str]:
    return train(client, cluster, 2), train(client, cluster, 5)


@pytest.fixture(scope="module")
def job(client: Client, cluster: str, models: tuple[str, str]) -> int:
    path = client.import_notebook(notebook(PREDICT))
    return client.create_job(notebook_task(path, cluster, parameters={"model_run": models[0]}), name="story")


def run_now(client: Client, job: int, wait: int = 120, **parameters: str) -> dict[str, Any]:
    return client.post("/api/2.1/jobs/run-now", {"job_id": job, "notebook_params": parameters}, wait=wait)


def test_run_now_then_polling_get_output(client: Client, job: int) -> None:
    run_id = run_now(client, job, wait=0, x="3")["run_id"]
    output = client.get("/api/2.1/jobs/runs/get-output", wait=120, run_id=run_id)  # the job-level id
    assert json.loads(output["notebook_output"]["result"]) == {"status": "OK", "results": [7.0]}
    assert output["metadata"]["state"]["result_state"] == "SUCCESS"
    (task,) = client.get("/api/2.1/jobs/runs/get", run_id=run_id)["tasks"]
    assert client.get_output(task["run_id"])["notebook_output"] == output["notebook_output"]


def test_one_call_with_prefer_wait(client: Client, job: int) -> None:
    answer = run_now(client, job, x="4")
    assert answer["state"]["result_state"] == "SUCCESS"
    assert answer["number_in_job"] == answer["run_id"]
    assert [task["state"]["life_cycle_state"] for task in answer["tasks"]] == ["TERMINATED"]
    assert json.loads(answer["notebook_output"]["result"])["results"] == [9.0]


def test_two_models_in_turn(client: Client, job: int, models: tuple[str, str]) -> None:
    """A model that is kept loaded answers for its own run only."""
    for _ in range(2):
        for model_run, expected in zip(models, [7.0, 16.0], strict=True):
            answer = run_now(client, job, x="3", model_run=model_run)
            assert json.loads(answer["notebook_output"]["result"])["results"] == [expected]


def test_a_model_is_kept_loaded_though_the_run_that_loaded_it_was_short(
    client: Client, cluster: str, models: tuple[str, str]
) -> None:
    """It is loaded ahead with the token of a run that is over by then."""
    held = "import stoker_kernel.models\nheld = len(stoker_kernel.models._STORE)\n"
    path = client.import_notebook(notebook(held + PREDICT.replace('"OK"', "held")))
    job = client.create_job(notebook_task(path, cluster, parameters={"model_run": models[0]}))

    def is_held() -> bool:
        return bool(json.loads(run_now(client, job, x="3")["notebook_output"]["result"])["status"])

    until(is_held, "a kernel that has the model", seconds=120)


def test_prefer_wait_answers_in_time_with_the_present_state(client: Client, cluster: str) -> None:
    path = client.import_notebook(notebook("import time; time.sleep(60)"))
    answer = client.call(
        "POST",
        "/api/2.2/jobs/run-now",
        {"job_id": client.create_job(notebook_task(path, cluster))},
        headers={"Prefer": "wait=1"},
    )
    assert answer.status == 200
    assert answer.headers["preference-applied"] == "wait=1"
    assert answer.json["state"]["life_cycle_state"] in ("PENDING", "RUNNING")
    assert "notebook_output" not in answer.json
    client.cancel(answer.json["run_id"])


def test_the_experiment_is_in_mlflow(client: Client, models: tuple[str, str]) -> None:
    run = client.get("/api/2.0/mlflow/runs/get", run_id=models[1])["run"]
    assert {"key": "slope", "value": "5.0"} in run["data"]["params"]
