# Databricks notebook source
dbutils.widgets.text("text", "")
dbutils.widgets.text("model_uri", "")

# COMMAND ----------

import mlflow

model = mlflow.pyfunc.load_model(dbutils.widgets.get("model_uri"))
dbutils.notebook.exit(str(model.predict([dbutils.widgets.get("text")])[0]))
