# Databricks notebook source
# MAGIC %md
# MAGIC Trains a lemmatizer pipeline from the dictionary in the notebook `lemmas` beside this one, and logs it with MLflow.
# MAGIC Ends with `{"run_id": …, "model_uri": …}`.

# COMMAND ----------

# MAGIC %run ./lemmas

# COMMAND ----------

import os
import tempfile

from pyspark.ml import Pipeline
from sparknlp.annotator import Lemmatizer, Tokenizer
from sparknlp.base import DocumentAssembler

dictionary = os.path.join(tempfile.mkdtemp(), "lemmas.txt")
with open(dictionary, "w", encoding="utf-8") as file:
    file.write(LEMMAS)

document = DocumentAssembler().setInputCol("text").setOutputCol("document")
tokens = Tokenizer().setInputCols(["document"]).setOutputCol("token")
lemmas = (
    Lemmatizer()
    .setInputCols(["token"])
    .setOutputCol("prediction")
    .setDictionary("file://" + dictionary, key_delimiter="->", value_delimiter="\t")
)
pipeline = Pipeline(stages=[document, tokens, lemmas])
model = pipeline.fit(spark.createDataFrame([("",)]).toDF("text"))

# COMMAND ----------

import json

import mlflow
import mlflow.spark

conda_env = {
    "name": "lemmatizer",
    "channels": ["conda-forge"],
    "dependencies": [
        "python=3.11",
        "pip",
        {"pip": [f"mlflow=={mlflow.__version__}", "pyspark==3.5.9", "spark-nlp==5.5.3"]},
    ],
}
with mlflow.start_run(run_name="lemmatizer") as run:
    mlflow.log_param("entries", len(LEMMAS.splitlines()))
    mlflow.spark.log_model(model, artifact_path="lemmatizer", conda_env=conda_env)

# COMMAND ----------

run_id = run.info.run_id
dbutils.notebook.exit(json.dumps({"run_id": run_id, "model_uri": f"runs:/{run_id}/lemmatizer"}))
