package example

import org.apache.spark.sql.SparkSession

/** Prints its arguments and what the cluster's settings say, and counts with Spark unless it is told to fail. */
object Main {
  def main(arguments: Array[String]): Unit = {
    println(arguments.map(word => s"[$word]").mkString)
    if (arguments.contains("fail")) throw new IllegalStateException("told to fäil")
    val spark = SparkSession.builder.getOrCreate()
    println(s"${spark.range(7).count()} ${spark.conf.get("spark.of.the.cluster")} ${spark.sparkContext.master}")
  }
}
