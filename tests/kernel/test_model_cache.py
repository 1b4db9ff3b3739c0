"""Models held by a zygote, loaded by unmodified notebooks in kernels forked from it."""

import json

import pytest

pytest.importorskip("mlflow")
pytest.importorskip("pyspark")

import mlflow_files  # noqa: E402
from spark_driver import DriverUnderTest  # noqa: E402


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    made = DriverUnderTest(tmp_path_factory.mktemp("driver"), spark_conf={"spark.master": "local[2]"})
    yield made
    made.stop()


@pytest.fixture(scope="module")
def models(driver, tmp_path_factory):
    """The runs of two Spark pipelines and one scikit-learn model, and the folder of their MLflow."""
    folder = tmp_path_factory.mktemp("mlflow")

    def body(kernel):
        kernel.spark()
        experiment = mlflow_files.use(folder)
        return {
            "upper": mlflow_files.log_spark(experiment, "upper(text)"),
            "reverse": mlflow_files.log_spark(experiment, "reverse(text)"),
            "doubling": mlflow_files.log_sklearn(experiment, 2.0),
        }

    return {**driver.run_kernel("train", body), "folder": folder}


def predict(kernel, models, run_id, text="some text"):
    """A notebook's part: what was predicted, and the events its load sent."""
    from stoker_kernel import models as cache

    spark = kernel.spark()
    cache.install_hook(kernel)
    mlflow_files.use(models["folder"])
    import mlflow.pyfunc

    model = mlflow.pyfunc.load_model(f"runs:/{run_id}/pipeline")
    frame = spark.createDataFrame([(text,)]).toDF("text")
    return {"prediction": model.predict(frame.rdd), "sent": kernel.sent, "used": cache.used()}


def in_model_zygote(driver, models, uri, body, zygote_id, spark=True):
    """Preloads ``uri`` in a forked zygote, then runs ``body(zygote)`` there; what it returned, and the key."""

    def zygote(peer):
        from stoker_kernel import models as cache
        from stoker_kernel import process

        mlflow_files.use(models["folder"])
        answer = driver.call("attach", kernel_id=zygote_id, tag=zygote_id) if spark else None
        key = cache.preload(uri, answer)
        threads = process.thread_count()
        return {"key": key, "threads": threads, "result": body(peer)}

    return driver.run_kernel(zygote_id, zygote)


def test_a_miss_is_reported_and_answered(driver, models):
    said = driver.run_kernel("miss", lambda kernel: predict(kernel, models, models["upper"]))
    assert said["prediction"] == ["SOME TEXT"]
    (event,) = said["sent"]
    uri = f"runs:/{models['upper']}/pipeline"
    assert event["event"] == "model_wanted" and event["model_uri"] == uri and event["needs_spark"]
    assert said["used"] == [{"uri": uri, "key": event["key"]}]


def test_hits_use_the_kernels_own_session_and_leave_the_zygote_whole(driver, models):
    def body(_):
        answers = []
        for number in range(5):
            answers.append(
                driver.run_kernel(f"hit{number}", lambda kernel: predict(kernel, models, models["upper"], f"text {number}"))
            )
        return [answers, driver.call("stats")["bindings"]]

    made = in_model_zygote(driver, models, f"runs:/{models['upper']}/pipeline", body, "zygote-hits")
    answers, bindings = made["result"]
    assert [answer["prediction"] for answer in answers] == [[f"TEXT {number}"] for number in range(5)]
    assert all(answer["sent"] == [] for answer in answers)
    assert answers[0]["used"][0]["key"] == made["key"]
    assert made["threads"] == 1
    assert bindings < 50
    assert driver.call("stats")["bindings"] == 0


def test_a_kernels_configuration_is_its_own(driver, models):
    def use(kernel):
        conf = kernel.spark().conf
        before = conf.get("spark.sql.shuffle.partitions")
        conf.set("spark.sql.shuffle.partitions", "123")
        return before

    def body(zygote):
        from stoker_kernel import spark

        spark.session_in_zygote().conf.get("spark.sql.shuffle.partitions")
        return [driver.run_kernel(name, use) for name in ("conf1", "conf2")]

    first, second = in_model_zygote(driver, models, f"runs:/{models['upper']}/pipeline", body, "zygote-conf")["result"]
    assert first == second != "123"


def test_another_model_is_not_mistaken_for_the_held_one(driver, models):
    def body(_):
        return driver.run_kernel("other", lambda kernel: predict(kernel, models, models["reverse"]))

    made = in_model_zygote(driver, models, f"runs:/{models['upper']}/pipeline", body, "zygote-other")
    assert made["result"]["prediction"] == ["txet emos"]
    assert len(made["result"]["sent"]) == 1


def test_new_objects_never_take_a_seeded_ones_place(driver, models):
    def use(kernel):
        from stoker_kernel import models as cache

        spark = kernel.spark()
        cache.install_hook(kernel)
        mlflow_files.use(models["folder"])
        import mlflow.spark

        held = [spark.range(n) for n in range(200)]
        model = mlflow.spark.load_model(f"runs:/{models['upper']}/pipeline")
        rows = model.transform(spark.createDataFrame([("x",)], ["text"])).collect()
        return [rows[0].prediction, sum(frame.count() for frame in held[:4]), kernel.sent]

    made = in_model_zygote(
        driver, models, f"runs:/{models['upper']}/pipeline", lambda _: driver.run_kernel("many", use), "zygote-many"
    )
    assert made["result"] == ["X", 6, []]


def test_a_driver_that_no_longer_has_the_objects_means_an_ordinary_load(driver, models):
    def body(_):
        driver.call("detach", kernel_id="zygote-stale")
        return driver.run_kernel("stale", lambda kernel: predict(kernel, models, models["upper"]))

    made = in_model_zygote(driver, models, f"runs:/{models['upper']}/pipeline", body, "zygote-stale")
    assert made["result"]["prediction"] == ["SOME TEXT"]
    assert len(made["result"]["sent"]) == 1


def test_a_model_without_spark_needs_no_driver(driver, models):
    def use(kernel):
        from stoker_kernel import models as cache
        from stoker_kernel import spark

        cache.install_hook(kernel)
        mlflow_files.use(models["folder"])
        import mlflow.pyfunc
        import numpy

        model = mlflow.pyfunc.load_model(f"runs:/{models['doubling']}/model")
        return [float(model.predict(numpy.array([[4.0]]))[0]), kernel.sent, spark.used()]

    made = in_model_zygote(
        driver, models, f"runs:/{models['doubling']}/model", lambda _: driver.run_kernel("plain", use), "zygote-plain", spark=False
    )
    value, sent, used_spark = made["result"]
    assert abs(value - 8.0) < 1e-9 and sent == [] and not used_spark


def test_a_first_prediction_of_scikit_learn_looks_for_no_plug_ins(driver, models):
    def use(kernel):
        import importlib.metadata

        from stoker_kernel import models as cache

        cache.install_hook(kernel)
        mlflow_files.use(models["folder"])
        import mlflow.pyfunc

        model = mlflow.pyfunc.load_model(f"runs:/{models['doubling']}/model")
        looked = []
        look = importlib.metadata.entry_points
        importlib.metadata.entry_points = lambda **query: looked.append(query) or look(**query)
        predictions = [float(model.predict(rows)[0]) for rows in ([[4.0]], numpy.array([[4.0]]), pandas.DataFrame([[4.0]]))]
        return [predictions, [str(query) for query in looked]]

    import numpy
    import pandas

    uri = f"runs:/{models['doubling']}/model"
    made = in_model_zygote(driver, models, uri, lambda _: driver.run_kernel("first", use), "zygote-first", spark=False)
    predictions, looked = made["result"]
    assert [round(prediction, 6) for prediction in predictions] == [8.0, 8.0, 8.0] and looked == []


def test_a_spark_model_in_a_zygote_without_a_driver_is_refused(driver, models):
    with pytest.raises(AssertionError, match="SparkUnavailable"):
        in_model_zygote(driver, models, f"runs:/{models['upper']}/pipeline", lambda _: None, "zygote-none", spark=False)


def test_a_model_that_may_not_be_read_is_not_served(driver, models, tmp_path):
    def use(kernel):
        from stoker_kernel import models as cache

        cache.install_hook(kernel)
        mlflow_files.use(tmp_path)  # another server, which knows of no such run: as good as no right to it
        import mlflow.pyfunc

        try:
            mlflow.pyfunc.load_model(f"runs:/{models['doubling']}/model")
        except mlflow.exceptions.MlflowException as error:
            return json.dumps(str(error))
        return None

    made = in_model_zygote(
        driver, models, f"runs:/{models['doubling']}/model", lambda _: driver.run_kernel("denied", use), "zygote-denied", spark=False
    )
    assert models["doubling"] in made["result"]
