"""Counts the words of a file of the project, and logs how many there are to the run that MLflow has begun for it."""

import sys
from pathlib import Path

import mlflow

with mlflow.start_run():
    mlflow.log_metric("words", len(Path(sys.argv[1]).read_text().split()))
