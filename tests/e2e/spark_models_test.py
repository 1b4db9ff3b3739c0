"""Spark pipelines through MLflow: the cache of loaded models is general, and keeps models apart."""

import json

import pytest
from client import Client, notebook, notebook_task

pytestmark = pytest.mark.spark

TRAIN = """
import mlflow
from pyspark.ml import PipelineModel
from pyspark.ml.feature import SQLTransformer
expression = dbutils.widgets.get("expression")
model = PipelineModel(stages=[SQLTransformer(statement=f"SELECT *, {expression} AS prediction FROM __THIS__")])
with mlflow.start_run() as run:
    mlflow.spark.log_model(model, "pipeline", pip_requirements=["pyspark==3.5.9"])
dbutils.notebook.exit(run.info.run_id)
"""
PREDICT = """
import json, mlflow
df = spark.createDataFrame([(dbutils.widgets.get("text"),)]).toDF("text")
model = mlflow.pyfunc.load_model(f"runs:/{dbutils.widgets.get('model_run')}/pipeline")
dbutils.notebook.exit(json.dumps(list(model.predict(df.rdd))))
"""


@pytest.fixture(scope="module")
def pipelines(client: Client, spark_cluster: str) -> dict[str, str]:
    """Expression -> the MLflow run that logged its pipeline."""
    return {
        expression: client.run_notebook(spark_cluster, TRAIN, expression=expression, seconds=240).result
        for expression in ("upper(text)", "reverse(text)")
    }


def test_two_pipelines_in_turn(client: Client, spark_cluster: str, pipelines: dict[str, str]) -> None:
    job_id = client.create_job(notebook_task(client.import_notebook(notebook(PREDICT)), spark_cluster))
    for text in ("first", "second", "third"):
        for expression, expected in (("upper(text)", text.upper()), ("reverse(text)", text[::-1])):
            parameters = {"text": text, "model_run": pipelines[expression]}
            run_id = client.run_now(job_id, notebook_params=parameters)
            assert json.loads(client.finish(run_id).result) == [expected]


def test_two_pipelines_at_once(client: Client, spark_cluster: str, pipelines: dict[str, str]) -> None:
    path = client.import_notebook(notebook(PREDICT))
    asked = {
        client.submit(
            notebook_task(path, spark_cluster, parameters={"text": text, "model_run": pipelines[expression]})
        ): expected
        for text in ("one", "two")
        for expression, expected in (("upper(text)", text.upper()), ("reverse(text)", text[::-1]))
    }
    for run_id, expected in asked.items():
        assert json.loads(client.finish(run_id).result) == [expected]
