"""Models that are warm: a request is a run of its own, and the model has been loaded before."""

import json
import statistics

from stoker_bench.client import RUN_NOW
from stoker_bench.measure import Comparison, Figure, Figures, Probe
from stoker_bench.places import BENCH, ROOT, output_of
from stoker_bench.program import http_load, latency
from stoker_bench.stage import Stage

TITLE = "Warm models"
NOTE = (
    "One request at a time, each a run of its own by run-now with Prefer: wait, whose notebook calls "
    "mlflow.pyfunc.load_model and predicts: in a process of its own or, for jobs with the tag stoker.isolation: shared, in "
    "one that is kept for the next run. Measured once the model is loaded and the runs find it there. In one "
    "session: the same lines after load_model, repeated in one notebook run. The lemmatizer is "
    "examples/lemmatizer: a Spark NLP pipeline, predict on an RDD, a second DataFrame, collect."
)
SYSTEM = "Stoker"
LIVE = "in one live session"
CLASSIFIER = "scikit-learn text classifier"
SHARED_CLASSIFIER = "scikit-learn text classifier, isolation: shared"
LEMMATIZER = "Spark NLP lemmatizer"
WARM_UPS = 10
TEXTS = {
    CLASSIFIER: "claim your free prize",
    SHARED_CLASSIFIER: "claim your free prize",
    LEMMATIZER: "The children were running and the mice hid under the leaves",
}

COMPARISONS = [
    *(
        Comparison(Figure(SYSTEM, name, "p50 ms"), Figure(LIVE, CLASSIFIER, "p50 ms"), target=10, higher_is_better=False)
        for name in (CLASSIFIER, SHARED_CLASSIFIER)
    ),
    Comparison(
        Figure(SYSTEM, LEMMATIZER, "p50 ms"),
        Figure(LIVE, LEMMATIZER, "p50 ms"),
        target_ratio=1.2,
        higher_is_better=False,
    ),
]


def probes(stage: Stage) -> list[Probe]:
    return [*classifier(stage), *lemmatizer(stage)]


def classifier(stage: Stage) -> list[Probe]:
    stage.say("training the classifier")
    trained = stage.client.run_to_end(stage.job("train-classifier", notebook("train_classifier")))
    model_uri = trained["notebook_output"]["result"]
    requests = stage.many(300)
    isolated = stage.job("classify", notebook("classify"))
    shared = stage.job("classify-shared", notebook("classify"), tags={"stoker.isolation": "shared"})
    return [
        warm_model(stage, CLASSIFIER, isolated, model_uri, requests),
        warm_model(stage, SHARED_CLASSIFIER, shared, model_uri, requests),
        live_session(stage, CLASSIFIER, "classify_in_session", stage.cluster_id, model_uri, requests),
    ]


def lemmatizer(stage: Stage) -> list[Probe]:
    stage.say("training the lemmatizer (resolves Spark NLP's jars on first use)")
    connection = stage.stoker.data_folder / "connection.json"
    job_id = json.loads(output_of(str(ROOT / "examples/lemmatizer/run"), "--connection", str(connection)))["job_id"]
    (task,) = stage.client.get("/api/2.1/jobs/get", job_id=job_id)["settings"]["tasks"]
    model_uri = task["notebook_task"]["base_parameters"]["model_uri"]
    cluster_id = task["existing_cluster_id"]
    requests = stage.many(30)
    return [
        warm_model(stage, LEMMATIZER, job_id, model_uri, requests),
        live_session(stage, LEMMATIZER, "lemmatize_in_session", cluster_id, model_uri, requests),
    ]


def warm_model(stage: Stage, name: str, job_id: int, model_uri: str, requests: int) -> Probe:
    parameters = {"text": TEXTS[name], "model_uri": model_uri}

    def ask(count: int) -> Figures:
        body = json.dumps({"job_id": job_id, "notebook_params": parameters})
        request = {"method": "POST", "path": RUN_NOW, "body": body, "headers": {"Prefer": "wait=300"}}
        spec = {"connections": 1, "requests": count, "rotation": [request], "expect": '"result_state":"SUCCESS"'}
        return latency(http_load(stage.client.load | spec))

    def warm() -> Figures:
        ask(WARM_UPS)
        return ask(requests)

    return Probe("f", SYSTEM, name, warm)


def live_session(stage: Stage, name: str, source: str, cluster_id: str, model_uri: str, requests: int) -> Probe:
    job_id = stage.job(source, notebook(source), cluster_id)
    parameters = {"text": TEXTS[name], "model_uri": model_uri, "requests": str(requests)}

    def live() -> Figures:
        run = stage.client.run_to_end(job_id, notebook_params=parameters)
        took = json.loads(run["notebook_output"]["result"])
        return {"p50 ms": statistics.median(took), "p99 ms": sorted(took)[int(len(took) * 0.99)]}

    return Probe("f", LIVE, name, live)


def notebook(name: str) -> str:
    return (BENCH / "notebooks" / f"{name}.py").read_text()
