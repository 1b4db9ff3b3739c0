"""Tasks with a JVM: jars and spark-submit in one of their own, SQL files and dbt in the driver's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from conftest import PACKAGE_ROOT, lean_zygote
from spark_driver import DriverUnderTest

HERE = Path(__file__).parent
SPARK = {"spark_conf": {"spark.of.the.cluster": "its setting", "spark.driver.memory": "512m"}, "cluster_id": "c-1"}
# What a worker's kernels get from their cluster; `dbt` is a library of the task.
DBT_PACKAGES = os.environ.get("STOKER_TEST_DBT_PACKAGES", "")


@pytest.fixture(scope="module")
def jars(data_folder) -> str:
    """A folder of jars that kernels may read."""
    folder = data_folder / "storage" / "dbfs" / "jars"
    folder.mkdir()
    subprocess.run([HERE / "example_jar" / "make", sys.executable, folder / "main.jar"], check=True)
    return str(folder)


def test_a_jar_gets_its_arguments_and_the_clusters_settings(zygote, jars):
    arguments = ["--flag", "a b", "", "$HOME", "käse", "new\nline", '"quoted"']
    finished = zygote.program(
        "spark_jar",
        main_class_name="example.Main",
        parameters=arguments,
        spark={**SPARK, "jars_folders": [jars]},
    ).ok()
    first, _, rest = finished.logs.partition("\n7 ")
    assert "".join(f"[{word}]" for word in arguments) in first
    assert rest.startswith("its setting local[*]\n")


def test_a_jar_that_throws_says_so_in_its_own_words(zygote, jars):
    finished = zygote.program(
        "spark_jar",
        main_class_name="example.Main",
        parameters=["fail"],
        spark={**SPARK, "jars_folders": [jars]},
    )
    assert (finished.state, finished.error) == ("FAILED", "java.lang.IllegalStateException: told to fäil")
    assert "\tat example.Main.main(Main.java:" in finished.error_trace and finished.error_trace in finished.logs


def test_spark_submit_runs_a_python_file_of_dbfs_with_its_neighbours(zygote, data_folder):
    dbfs = data_folder / "storage" / "dbfs"
    (dbfs / "lib_of_submit.py").write_text("value = 'library'")
    (dbfs / "submitted.py").write_text(
        "import sys, lib_of_submit\nfrom pyspark.sql import SparkSession\n"
        "spark = SparkSession.builder.getOrCreate()\n"
        "print(lib_of_submit.value, spark.read.text(sys.argv[1]).count(), spark.conf.get('spark.x'), sys.argv[1:])\n"
        "raise ValueError('at the end')\n"
    )
    program = "dbfs:/submitted.py"
    words = ["--conf", "spark.x=1", "--py-files", "dbfs:/lib_of_submit.py", program, program, "ü"]
    finished = zygote.program("spark_submit", parameters=words, spark=SPARK)
    assert "library 5 1 ['dbfs:/submitted.py', 'ü']\n" in finished.logs
    assert finished.error == "ValueError: at the end"
    assert finished.error_trace.startswith("Traceback (most recent call last):\n")


def test_a_properties_file_goes_over_the_clusters_settings(zygote, data_folder):
    dbfs = data_folder / "storage" / "dbfs"
    (dbfs / "of_file.properties").write_text("spark.of.the.file its line\nspark.over 2")
    for name in ("a", "b"):
        (dbfs / f"path_{name}").mkdir()
    (dbfs / "settings.py").write_text(
        "from pyspark.sql import SparkSession\n"
        "spark = SparkSession.builder.getOrCreate()\n"
        "print([spark.conf.get(f'spark.{name}') for name in ('of.the.cluster', 'of.the.file', 'over')])\n"
        "path = spark.sparkContext._jvm.System.getProperty('java.class.path').split(':')\n"
        "print([entry.rstrip('/').rsplit('/', 1)[1] for entry in path if '/path_' in entry and not entry.startswith('dbfs')])\n"
    )
    words = ["--properties-file", "dbfs:/of_file.properties", "--driver-class-path=dbfs:/path_a:/dbfs/path_b"]
    spark = {**SPARK, "spark_conf": {**SPARK["spark_conf"], "spark.over": "1"}}
    finished = zygote.program("spark_submit", parameters=[*words, "dbfs:/settings.py"], spark=spark).ok()
    assert "['its setting', 'its line', '2']\n['path_a', 'path_b']\n" in finished.logs


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--class", "no.such.Main", "dbfs:/jars/main.jar"], "Failed to load class no.such.Main."),
        (["s3://bucket/x.py"], "org.apache.hadoop.fs.UnsupportedFileSystemException: No FileSystem for scheme"),
    ],
)
def test_spark_submit_that_cannot_start_fails(zygote, jars, words, error):
    finished = zygote.program("spark_submit", parameters=words, spark=SPARK)
    assert finished.state == "FAILED" and finished.error.startswith(error) and finished.logs


# -- in the driver's JVM


@pytest.fixture(scope="module")
def driver(tmp_path_factory, data_folder):
    root = str(data_folder / "storage" / "dbfs")
    running = DriverUnderTest(tmp_path_factory.mktemp("driver"), write=(str(data_folder),), dbfs_root=root)
    yield running
    assert running.stop() == 0


def with_driver(zygote, driver, kind: str, **program):
    """A run whose questions for Spark the driver answers, as by way of a worker."""
    kernel = zygote.kernel()
    kernel.start_program(kind, **program)
    while (frame := kernel.receive())["event"] != "finished":
        if frame["event"] == "outputs":
            continue
        assert (frame["event"], frame["what"]) == ("ask", "spark")
        answer = driver.call("attach", kernel_id=kernel.kernel_id, tag="stoker-run-11")
        kernel.channel.send({"op": "answer", "id": frame["id"], **answer, "ok": True})
    driver.call("detach", kernel_id=kernel.kernel_id)
    assert kernel.exited() == 0
    return frame


def sql(zygote, driver, text: str, **program):
    """A SQL file of the workspace, as the worker sends it along."""
    return with_driver(zygote, driver, "sql", path="/Users/me/q.sql", content=text, **program)


def test_a_sql_file_leaves_its_last_result(zygote, driver):
    text = """-- the first; is a comment
    CREATE OR REPLACE TEMP VIEW animals AS
        SELECT * FROM VALUES ('cat', 4, true), ('fish', 0, null) AS t(name, legs, furry);
    SELECT raise_error('never ' || :who) WHERE false;
    SELECT name, legs, furry, :who AS who, '{{ who }}; {{other}}' AS braces FROM animals ORDER BY legs DESC;
    CREATE OR REPLACE TEMP VIEW later AS SELECT 1;"""
    finished = sql(zygote, driver, text, parameters={"who": "ann", "unused": "x"}, warehouse_id="w1")
    assert finished["state"] == "SUCCESS", finished["error"]
    output = finished["details"]["sql_output"]["query_output"]
    assert output["warehouse_id"] == "w1" and output["query_text"] == text
    assert output["sql_statements"] == [{"lookup_key": str(number)} for number in (1, 2, 3, 4)]
    braces = "ann; {{other}}"
    assert finished["details"]["rows"] == [
        {"name": "cat", "legs": "4", "furry": "true", "who": "ann", "braces": braces},
        {"name": "fish", "legs": "0", "furry": None, "who": "ann", "braces": braces},
    ]
    assert finished["used"]["spark"] is True


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("SELECT id FROM range(5000)", 1000),
        ("SELECT repeat('x', 1000) AS long FROM range(100)", 48),
        ("SELECT repeat('x', 60000) AS long", 0),
        ("CREATE OR REPLACE TEMP VIEW none AS SELECT 1", None),
    ],
)
def test_rows_of_a_sql_file_are_bounded(zygote, driver, text, count):
    details = sql(zygote, driver, text)["details"]
    assert (len(details["rows"]) if "rows" in details else None) == count
    assert len(json.dumps(details.get("rows", []))) <= 48 * 1024


def test_rows_of_a_sql_file_are_without_tokens_and_nul(zygote, driver):
    text = "SELECT concat('it is ', 'dapi-', 'secret') AS token, concat('a', char(0), 'b') AS nul"
    details = sql(zygote, driver, text, environ={"DATABRICKS_TOKEN": "dapi-secret"})["details"]
    assert details["rows"] == [{"token": "it is [REDACTED]", "nul": "a\ufffdb"}]


def test_spark_reads_and_writes_dbfs_paths(zygote, driver, data_folder):
    (data_folder / "storage" / "dbfs" / "a file.txt").write_text("one line")
    text = "CREATE TABLE of_dbfs USING json LOCATION 'dbfs:/tables/x' AS SELECT * FROM text.`dbfs:/a file.txt`;"
    finished = sql(zygote, driver, f"{text} TABLE of_dbfs")
    assert finished["details"]["rows"] == [{"value": "one line"}], finished["error"]
    assert list((data_folder / "storage" / "dbfs" / "tables" / "x").glob("*.json"))


def test_every_statement_of_a_sql_file_is_computed(zygote, driver):
    finished = sql(zygote, driver, "SELECT raise_error('first statement'); SELECT 1")
    assert finished["state"] == "FAILED" and "first statement" in finished["error"]
    assert "rows" not in finished["details"] and "sql_output" in finished["details"]


# -- dbt


@pytest.fixture(scope="module")
def dbt_zygote(data_folder):
    if not DBT_PACKAGES:
        pytest.skip("STOKER_TEST_DBT_PACKAGES is not set: deploy/test makes that folder")
    path = f"{DBT_PACKAGES}/bin:{os.environ['PATH']}"
    python_path = f"{PACKAGE_ROOT}:{DBT_PACKAGES}"
    read = ("--read", DBT_PACKAGES)
    with lean_zygote(data_folder, *read, PYTHONPATH=python_path, PATH=path) as peer:
        yield peer


def dbt_project(data_folder: Path, name: str, profiles: str = "") -> str:
    """A repository with a project in the folder `shop`."""
    root = data_folder / "storage" / "dbfs" / name
    project = root / "shop"
    for path, text in {
        "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\nmodel-paths: [models]\nseed-paths: [seeds]\n",
        "seeds/sales.csv": "day,amount\n1,10\n2,32\n",
        "models/total.sql": "select sum(amount) as total from {{ ref('sales') }}",
        "models/schema.yml": "models:\n- name: total\n  columns:\n  - name: total\n    tests: [not_null]\n",
        **({"profiles.yml": profiles} if profiles else {}),
    }.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text)
    return str(root)


def test_dbt_runs_its_commands_and_packs_what_they_leave(dbt_zygote, data_folder):
    database = data_folder / "storage" / "dbfs" / "shop.duckdb"
    profiles = f"shop:\n  target: dev\n  outputs:\n    dev: {{type: duckdb, path: {database}}}\n"
    finished = dbt_zygote.program(
        "dbt",
        commands=["dbt seed", "dbt build --select total"],
        project_directory="shop",
        root=dbt_project(data_folder, "duckdb_project", profiles),
    ).ok()
    assert finished.details == {"dbt_output": {"artifacts": "dbfs:/databricks/dbt-artifacts/11.tar.gz"}}
    assert "+ dbt seed\n" in finished.logs and "Done. PASS=2" in finished.logs and "\x1b" not in finished.logs
    with tarfile.open(data_folder / "storage" / "dbfs" / "databricks" / "dbt-artifacts" / "11.tar.gz") as archive:
        results = json.load(archive.extractfile("target/run_results.json"))
        assert "logs/dbt.log" in archive.getnames()
    assert [result["status"] for result in results["results"]] == ["success", "pass"]


def test_dbt_of_a_workspace_folder_stops_at_the_first_command_that_fails(dbt_zygote, data_folder, workspace):
    objects, environ = workspace
    profiles = "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb}\n"
    project = Path(dbt_project(data_folder, "failing_project", profiles)) / "shop"
    for path in filter(Path.is_file, project.rglob("*")):
        objects[f"/Users/me/shop/{path.relative_to(project)}"] = (path.read_text(), path.suffix)
    finished = dbt_zygote.program(
        "dbt",
        commands=["dbt run --select total", "dbt compile"],
        project_directory="/Users/me/shop",
        environ=environ,
    )
    assert finished.state == "FAILED" and finished.error == "CommandFailed: dbt run exited with status 1"
    assert "+ dbt compile" not in finished.logs and "dbt_output" in finished.details


def test_dbt_spark_uses_the_clusters_driver(dbt_zygote, driver, data_folder):
    finished = with_driver(
        dbt_zygote,
        driver,
        "dbt",
        commands=["dbt build"],
        project_directory="shop",
        root=dbt_project(data_folder, "spark_project"),
        schema="shop_of_dbt",
    )
    assert finished["state"] == "SUCCESS", (finished["error"], finished["logs"])
    assert sql(dbt_zygote, driver, "SELECT total FROM shop_of_dbt.total")["details"]["rows"] == [{"total": "42"}]


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ({"commands": ["rm -rf /"]}, "UnsupportedError: rm -rf /: a command of a dbt task begins with dbt"),
        ({"commands": ["dbt run"]}, "ModuleNotFoundError: dbt-core is not installed: add it to the task's libraries"),
    ],
)
def test_a_dbt_task_that_cannot_run_says_why(zygote, program, error):
    assert zygote.program("dbt", project_directory="/x", **program).error.startswith(error)


def test_a_folder_without_a_dbt_project_is_named(dbt_zygote, data_folder):
    root = dbt_project(data_folder, "no_project")
    finished = dbt_zygote.program("dbt", commands=["dbt run"], root=root)
    assert finished.error == "FileNotFoundError: the repository: there is no dbt_project.yml"
