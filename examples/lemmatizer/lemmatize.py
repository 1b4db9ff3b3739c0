# Databricks notebook source
# MAGIC %md
# MAGIC Answers the lemmas of the widget `text`, by the model that `model_uri` names.

# COMMAND ----------

dbutils.widgets.text("text", "NOT_SET")
dbutils.widgets.text("model_uri", "")

text = dbutils.widgets.get("text")
model_uri = dbutils.widgets.get("model_uri")

# COMMAND ----------

packages = spark.sparkContext.getConf().get("spark.jars.packages")
if not packages or "spark-nlp" not in packages:
    raise RuntimeError(f"This notebook needs a cluster with Spark NLP; its spark.jars.packages is {packages!r}")

# COMMAND ----------

import mlflow

df = spark.createDataFrame([(text,)]).toDF("text")
loaded_model = mlflow.pyfunc.load_model(model_uri)
predictions = loaded_model.predict(df.rdd)

# COMMAND ----------

from pyspark.sql import functions as F
from pyspark.sql import types as T

# What Spark NLP's annotators put into their output columns.
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
annotations = spark.createDataFrame([(prediction,) for prediction in predictions], schema)
rows = annotations.select(F.explode("prediction.result").alias("lemma")).collect()

# COMMAND ----------

import json

dbutils.notebook.exit(json.dumps({"status": "OK", "results": [row.lemma for row in rows]}, ensure_ascii=False))
