package example;

import org.apache.spark.sql.SparkSession;

/** Prints its arguments and what the cluster's settings say, and counts with Spark unless it is told to fail. */
public final class Main {
    public static void main(String[] arguments) {
        for (String word : arguments) System.out.print("[" + word + "]");
        System.out.println();
        for (String word : arguments) {
            if (word.equals("fail")) throw new IllegalStateException("told to fäil");
        }
        SparkSession spark = SparkSession.builder().getOrCreate();
        String setting = spark.conf().get("spark.of.the.cluster");
        System.out.println(spark.range(7).count() + " " + setting + " " + spark.sparkContext().master());
    }
}
