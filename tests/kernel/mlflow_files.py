"""An MLflow of the test's own: a database file and a folder, no server."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def use(folder: Path) -> str:
    """Points MLflow of this process at ``folder``; the experiment's id."""
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    experiment = mlflow.get_experiment_by_name("test")
    if experiment is not None:
        return experiment.experiment_id
    return mlflow.create_experiment("test", artifact_location=str(folder / "artifacts"))


def log_sklearn(experiment_id: str, factor: float, **options: Any) -> str:
    """Logs a model that multiplies by ``factor``; the id of its run."""
    import mlflow.sklearn
    import numpy
    from sklearn.linear_model import LinearRegression

    model = LinearRegression().fit(numpy.array([[0.0], [1.0]]), numpy.array([0.0, factor]))
    with mlflow.start_run(experiment_id=experiment_id) as run:
        mlflow.sklearn.log_model(model, name="model", pip_requirements=[], **options)
    return run.info.run_id


def log_spark(experiment_id: str, expression: str) -> str:
    """Logs a Spark pipeline whose ``prediction`` is a SQL expression over its input; the id of its run."""
    import mlflow.spark
    from pyspark.ml import PipelineModel
    from pyspark.ml.feature import SQLTransformer

    model = PipelineModel(stages=[SQLTransformer(statement=f"SELECT *, {expression} AS prediction FROM __THIS__")])
    with mlflow.start_run(experiment_id=experiment_id) as run:
        mlflow.spark.log_model(model, artifact_path="pipeline", pip_requirements=["pyspark"])
    return run.info.run_id
