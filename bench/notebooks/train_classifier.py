# Databricks notebook source
# MAGIC %md
# MAGIC Trains a small text classifier and logs it with MLflow. Ends with the model's URI.

# COMMAND ----------

import mlflow
import mlflow.sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

ham = ["see you at lunch", "the report is attached", "thanks for the review", "call me when you land"]
spam = ["win a free prize now", "cheap loans approved", "claim your free gift", "you won the lottery"]
model = make_pipeline(TfidfVectorizer(), LogisticRegression())
model.fit(ham * 20 + spam * 20, ["ham"] * 80 + ["spam"] * 80)

# COMMAND ----------

with mlflow.start_run(run_name="classifier") as run:
    mlflow.sklearn.log_model(model, artifact_path="classifier", pip_requirements=[])

dbutils.notebook.exit(f"runs:/{run.info.run_id}/classifier")
