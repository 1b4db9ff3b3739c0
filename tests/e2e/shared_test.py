"""Jobs with the tag `stoker.isolation: shared`: one process for run after run."""

import json

from client import Client, notebook, notebook_task

LOOK = """
import json, os
answer = {"pid": os.getpid(), "names": [name for name in ("left", "text") if name in globals()],
          "environ": os.environ.get("LEFT"), "files": os.listdir("."),
          "run": dbutils.notebook.getContext().currentRunId().get()}
text, left = dbutils.widgets.get("text"), True
os.environ["LEFT"] = "1"
open("left", "w").close()
dbutils.notebook.exit(json.dumps(answer | {"text": text}))
"""


def job_of(client: Client, cluster: str, path: str, **tags: str) -> int:
    return client.create_job(notebook_task(path, cluster), name="shared", tags=tags)


def answer_of(client: Client, job_id: int, text: str) -> dict:
    return client.finish(client.run_now(job_id, notebook_params={"text": text})).result_json


def test_runs_share_a_process_and_nothing_else(client: Client, cluster: str) -> None:
    path = client.import_notebook(notebook(LOOK))
    job_id = job_of(client, cluster, path, **{"stoker.isolation": "shared"})
    answers = [answer_of(client, job_id, str(number)) for number in range(3)]
    assert len({answer.pop("pid") for answer in answers}) == 1
    assert len({answer.pop("run") for answer in answers}) == 3
    expected = {"names": [], "environ": None, "files": ["tmp"]}
    assert answers == [expected | {"text": str(number)} for number in range(3)]


def test_shared_jobs_of_one_user_share_a_process_and_isolated_runs_have_their_own(client: Client, cluster: str) -> None:
    path = client.import_notebook(notebook(LOOK))
    tags = ("shared", "shared", "process", "process")
    jobs = [job_of(client, cluster, path, **{"stoker.isolation": tag}) for tag in tags]
    pids = [answer_of(client, job_id, "x")["pid"] for job_id in jobs]
    assert pids[0] == pids[1]
    assert len(set(pids[1:])) == 3


def test_what_is_stored_of_a_shared_run_is_what_an_isolated_one_stores(client: Client, cluster: str) -> None:
    source = notebook("print('one')\n1 + 1", "# MAGIC %sh echo two", "dbutils.notebook.exit('three')")
    path = client.import_notebook(source)
    shared, isolated = (job_of(client, cluster, path, **{"stoker.isolation": tag}) for tag in ("shared", "process"))
    runs = [client.finish(client.run_now(job_id)) for job_id in (shared, shared, isolated)]
    outputs = [run.output["notebook_output"] for run in runs]
    assert outputs == [{"result": "three", "truncated": False}] * 3
