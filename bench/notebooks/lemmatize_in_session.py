# Databricks notebook source
# MAGIC %md
# MAGIC What examples/lemmatizer/lemmatize.py does after its model is loaded, repeated in one session. Ends with the times,
# MAGIC in milliseconds.

# COMMAND ----------

dbutils.widgets.text("text", "")
dbutils.widgets.text("model_uri", "")
dbutils.widgets.text("requests", "1")

# COMMAND ----------

import json
import time

import mlflow
from pyspark.sql import functions as F
from pyspark.sql import types as T

annotation = T.StructType(
    [
        T.StructField("annotatorType", T.StringType()),
        T.StructField("begin", T.IntegerType()),
        T.StructField("end", T.IntegerType()),
        T.StructField("result", T.StringType()),
        T.StructField("metadata", T.MapType(T.StringType(), T.StringType())),
        T.StructField("embeddings", T.ArrayType(T.FloatType())),
    ]
)
schema = T.StructType([T.StructField("prediction", T.ArrayType(annotation))])
model = mlflow.pyfunc.load_model(dbutils.widgets.get("model_uri"))


def lemmatize(text):
    predictions = model.predict(spark.createDataFrame([(text,)]).toDF("text").rdd)
    annotations = spark.createDataFrame([(prediction,) for prediction in predictions], schema)
    rows = annotations.select(F.explode("prediction.result").alias("lemma")).collect()
    return json.dumps({"status": "OK", "results": [row.lemma for row in rows]}, ensure_ascii=False)


lemmatize(dbutils.widgets.get("text"))  # the first one warms the JVM up

# COMMAND ----------

took = []
for _ in range(int(dbutils.widgets.get("requests"))):
    began = time.perf_counter()
    lemmatize(dbutils.widgets.get("text"))
    took.append((time.perf_counter() - began) * 1000)
dbutils.notebook.exit(json.dumps(took))
