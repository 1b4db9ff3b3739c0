"""What a driver's JVM is started with."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workers" / "kernel"))

from stoker_kernel.spark.conf import DriverConfig, effective_conf, to_properties  # noqa: E402


def config(**fields):
    return DriverConfig.from_json({"work_folder": "/w", **fields})


def test_resolved_keys_are_answered_and_not_passed_on():
    made = config(spark_conf={"spark.jars.packages": "a:b:1", "spark.jars.excludes": "c:d", "spark.x": "y"})
    conf = effective_conf(made, cores=2, memory_mb=8192)
    assert "spark.jars.packages" not in conf and "spark.jars.excludes" not in conf
    assert conf["spark.x"] == "y"
    assert made.answered_only() == {"spark.jars.packages": "a:b:1", "spark.jars.excludes": "c:d"}


def test_the_definition_wins_over_every_default():
    wanted = {"spark.master": "local[3]", "spark.sql.shuffle.partitions": "77", "spark.ui.enabled": "true", "spark.driver.memory": "5g"}
    conf = effective_conf(config(spark_conf=wanted), cores=2, memory_mb=8192)
    assert {key: conf[key] for key in wanted} == wanted


def test_jars_are_read_in_place_before_the_definitions_own_class_path():
    conf = effective_conf(config(jars_folders=["/jars/h", "", "/spark_jars/d"], spark_conf={"spark.driver.extraClassPath": "/x.jar"}), 2, 8192)
    assert conf["spark.driver.extraClassPath"] == "/jars/h/*:/spark_jars/d/*:/x.jar"
    assert conf["spark.executor.extraClassPath"] == "/jars/h/*:/spark_jars/d/*"
    assert "spark.jars" not in conf


def test_files_stay_in_the_work_folder_and_own_java_options_are_kept():
    conf = effective_conf(config(spark_conf={"spark.driver.extraJavaOptions": "-Dmine=1"}), 2, 8192)
    assert conf["spark.local.dir"] == "/w/local" and conf["spark.sql.warehouse.dir"] == "file:/w/warehouse"
    assert "-Djava.io.tmpdir=/w/tmp" in conf["spark.driver.extraJavaOptions"]
    assert conf["spark.driver.extraJavaOptions"].endswith(" -Dmine=1")


ELSEWHERE = {"master": "spark://10.0.0.5:7077", "secret": "s", "address": "10.0.0.6", "cores": 2}


def test_a_driver_of_several_nodes_is_where_they_reach_it_and_nothing_goes_in_clear():
    conf = effective_conf(config(**ELSEWHERE), 2, 8192)
    assert (conf["spark.driver.host"], conf["spark.driver.bindAddress"]) == ("10.0.0.6", "10.0.0.6")
    assert (conf["spark.authenticate"], conf["spark.network.crypto.enabled"]) == ("true", "true")
    for alone in (config(), config(**ELSEWHERE, spark_conf={"spark.master": "local[2]"})):
        conf = effective_conf(alone, 2, 8192)
        assert (conf["spark.driver.host"], conf["spark.driver.bindAddress"]) == ("127.0.0.1", "127.0.0.1")
    on_one_machine = {**ELSEWHERE, "master": "spark://127.0.0.1:7077", "address": "127.0.0.1"}
    assert "spark.network.crypto.enabled" not in effective_conf(config(**on_one_machine), 2, 8192)


def test_executors_have_names_of_their_own_for_python_jars_and_tables():
    of = dict(jars_folders=["/data/jars/h"], executor_jars=["../jars/h"], warehouse="dbfs:/w")
    conf = effective_conf(config(**ELSEWHERE, **of), 2, 8192)
    assert conf["spark.driver.extraClassPath"] == "/data/jars/h/*"
    assert conf["spark.executor.extraClassPath"] == "../jars/h/*"
    assert (conf["spark.pyspark.python"], conf["spark.sql.warehouse.dir"]) == ("python3", "dbfs:/w")
    chosen = {"spark.pyspark.python": "/opt/python"}
    assert effective_conf(config(**ELSEWHERE, spark_conf=chosen), 2, 8192)["spark.pyspark.python"] == "/opt/python"
    assert "spark.pyspark.python" not in effective_conf(config(), 2, 8192)
    catalog = effective_conf(config(**ELSEWHERE, metastore_uri="thrift://h:1"), 2, 8192)
    assert catalog["spark.sql.warehouse.dir"] == "dbfs:/user/hive/warehouse"


def test_a_driver_takes_no_more_than_its_share_of_the_cluster():
    of = dict(master="spark://127.0.0.1:7", secret="s", cores=2, executor_memory_mb=700)
    conf = effective_conf(config(**of), 2, 8192)
    assert (conf["spark.cores.max"], conf["spark.executor.memory"]) == ("2", "700m")
    assert (conf["spark.authenticate"], conf["spark.authenticate.secret"]) == ("true", "s")
    assert conf["spark.driver.host"] == "127.0.0.1" and "spark.executor.cores" not in conf
    assert conf["spark.shuffle.readHostLocalDisk"] == "false"
    greedy = {"spark.cores.max": "64", "spark.executor.cores": "8", "spark.executor.memory": "3g"}
    conf = effective_conf(config(**of, spark_conf=greedy), 2, 8192)
    assert [conf[key] for key in greedy] == ["2", "2", "3g"]
    modest = effective_conf(config(**of, spark_conf={"spark.cores.max": "1"}), 2, 8192)
    assert modest["spark.cores.max"] == "1"
    alone = effective_conf(config(**of, spark_conf={"spark.master": "local[3]"}), 2, 8192)
    assert alone["spark.master"] == "local[3]" and "spark.cores.max" not in alone


def test_cluster_tags():
    conf = effective_conf(config(cluster_id="1-2-a", cluster_name="My"), 2, 8192)
    assert conf["spark.databricks.clusterUsageTags.clusterId"] == "1-2-a"
    assert conf["spark.databricks.clusterUsageTags.clusterName"] == "My"


def test_dbfs_paths_lead_to_its_root():
    key = "spark.hadoop.fs.viewfs.mounttable.default.linkFallback"
    assert effective_conf(config(dbfs_root="/data/d b"), 4, 8192)[key] == "file:///data/d%20b"
    assert not [key for key in effective_conf(config(), 4, 8192) if "dbfs" in key]


def test_the_log_of_tables_is_kept_by_a_class_that_the_driver_finds_beside_its_jars():
    conf = effective_conf(config(delta_lake=True, jars_folders=("/jars",)), 4, 8192)
    assert conf["spark.delta.logStore.dbfs.impl"] == "stoker.delta.LinkLogStore"
    assert conf["spark.driver.extraClassPath"] == "/jars/*:/w/classes"
    assert conf["spark.executor.extraClassPath"] == "/jars/*"


def test_delta_is_the_format_of_tables_and_joins_the_definitions_extensions():
    conf = effective_conf(config(delta_lake=True, spark_conf={"spark.sql.extensions": "a.B, c.D"}), 4, 8192)
    assert conf["spark.sql.sources.default"] == "delta"
    assert conf["spark.sql.extensions"] == "io.delta.sql.DeltaSparkSessionExtension,a.B,c.D"
    named = {"spark.sql.extensions": "c.D,io.delta.sql.DeltaSparkSessionExtension"}
    assert effective_conf(config(delta_lake=True, spark_conf=named), 4, 8192)["spark.sql.extensions"] == (
        "c.D,io.delta.sql.DeltaSparkSessionExtension"
    )
    without = effective_conf(config(spark_conf={"spark.sql.extensions": "a.B"}), 4, 8192)
    assert without["spark.sql.extensions"] == "a.B" and "spark.sql.sources.default" not in without


def test_a_shared_catalog_has_its_tables_in_dbfs():
    conf = effective_conf(config(metastore_uri="thrift://127.0.0.1:5"), 2, 8192)
    assert conf["spark.hadoop.hive.metastore.uris"] == "thrift://127.0.0.1:5"
    assert conf["spark.sql.catalogImplementation"] == "hive"
    assert conf["spark.sql.warehouse.dir"] == "dbfs:/user/hive/warehouse"
    assert "spark.sql.catalogImplementation" not in effective_conf(config(), 2, 8192)


def test_properties_text_survives_what_java_reads_specially():
    text = to_properties({"a b": " lead\\x\n=ü:#", "k": "😀"})
    assert text == "a\\ b=\\ lead\\\\x\\u000a=\\u00fc:#\nk=\\ud83d\\ude00\n"


def test_booleans_and_numbers_become_what_spark_reads():
    assert config(spark_conf={"a": True, "b": 3}).spark_conf == {"a": "true", "b": "3"}


@pytest.mark.parametrize("document", [{}, {"work_folder": ""}, {"work_folder": "/w", "spark_conf": "x"}])
def test_a_bad_document_is_refused_by_field(document):
    with pytest.raises(ValueError, match="work_folder|spark_conf"):
        DriverConfig.from_json(document)
