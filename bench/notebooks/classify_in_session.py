# Databricks notebook source
# MAGIC %md
# MAGIC What `classify` does after its model is loaded, repeated in one session. Ends with the times, in milliseconds.

# COMMAND ----------

dbutils.widgets.text("text", "")
dbutils.widgets.text("model_uri", "")
dbutils.widgets.text("requests", "1")

# COMMAND ----------

import json
import time

import mlflow

model = mlflow.pyfunc.load_model(dbutils.widgets.get("model_uri"))
took = []
for _ in range(int(dbutils.widgets.get("requests"))):
    began = time.perf_counter()
    str(model.predict([dbutils.widgets.get("text")])[0])
    took.append((time.perf_counter() - began) * 1000)
dbutils.notebook.exit(json.dumps(took))
