"""A graph of many task types by the unmodified Databricks SDK, and a for-each of many iterations."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable

import pytest
from client import notebook
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue
from databricks.sdk.service.compute import Library
from databricks.sdk.service.jobs import (
    ConditionTask,
    ConditionTaskOp,
    ForEachTask,
    JobParameterDefinition,
    NotebookTask,
    PythonWheelTask,
    RunIf,
    RunJobTask,
    RunResultState,
    RunType,
    SparkPythonTask,
    Task,
    TerminationCodeCode,
    TriggerType,
)
from databricks.sdk.service.workspace import ImportFormat
from sdk_tasks import PATIENCE, after, by_key, echoing, result_of

SUCCESS = RunResultState.SUCCESS
NUMBERS = notebook("dbutils.jobs.taskValues.set('numbers', [1, 2, 3])", "dbutils.jobs.taskValues.set('count', 3)")
SQUARE = notebook("dbutils.notebook.exit(str(int(dbutils.widgets.get('number')) ** 2))")
PROGRAM = "import sys\nprint('arguments', sys.argv[1:])\n"
WHEEL_MODULE = "import sys\n\n\ndef main():\n    print('wheel', sorted(sys.argv[1:]))\n"


def wheel() -> bytes:
    """greeter 1.0 with the entry point `main`."""
    info = "greeter-1.0.dist-info"
    files = {
        "greeter.py": WHEEL_MODULE,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: greeter\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nmain = greeter:main\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def test_a_graph_of_many_task_types(
    workspace: WorkspaceClient, cluster: str, folder: str, echo: str, notebook_at: Callable[..., str]
) -> None:
    program, library = f"{folder}/program.py", f"/Shared/{uuid.uuid4().hex}/greeter-1.0-py3-none-any.whl"
    workspace.workspace.upload(program, io.BytesIO(PROGRAM.encode()), format=ImportFormat.RAW)
    workspace.dbfs.upload(library, io.BytesIO(wheel()))
    child = workspace.jobs.create(
        name="child",
        tasks=[echoing(cluster, echo, "{{job.parameters.word}}")],
        parameters=[JobParameterDefinition(name="word", default="none")],
    )
    job = workspace.jobs.create(
        name="graph",
        parameters=[JobParameterDefinition(name="limit", default="1")],
        tasks=[
            Task(
                task_key="numbers",
                existing_cluster_id=cluster,
                notebook_task=NotebookTask(notebook_path=notebook_at(NUMBERS)),
            ),
            Task(
                task_key="enough",
                depends_on=after("numbers"),
                condition_task=ConditionTask(
                    op=ConditionTaskOp.GREATER_THAN_OR_EQUAL,
                    left="{{tasks.numbers.values.count}}",
                    right="{{job.parameters.limit}}",
                ),
            ),
            Task(
                task_key="squares",
                depends_on=after("enough", outcome="true"),
                for_each_task=ForEachTask(
                    inputs="{{tasks.numbers.values.numbers}}",
                    concurrency=2,
                    task=Task(
                        task_key="square",
                        existing_cluster_id=cluster,
                        notebook_task=NotebookTask(
                            notebook_path=notebook_at(SQUARE), base_parameters={"number": "{{input}}"}
                        ),
                    ),
                ),
            ),
            echoing(cluster, echo, key="too_few", depends_on=after("enough", outcome="false")),
            Task(
                task_key="program",
                depends_on=after("numbers"),
                existing_cluster_id=cluster,
                spark_python_task=SparkPythonTask(
                    python_file=f"/Workspace{program}", parameters=["{{job.parameters.limit}}", "{{job.name}}"]
                ),
            ),
            Task(
                task_key="wheel",
                existing_cluster_id=cluster,
                libraries=[Library(whl=f"dbfs:{library}")],
                python_wheel_task=PythonWheelTask(
                    package_name="greeter", entry_point="main", named_parameters={"size": "small"}
                ),
            ),
            Task(
                task_key="child",
                run_job_task=RunJobTask(job_id=child.job_id, job_parameters={"word": "from the graph"}),
            ),
            echoing(
                cluster,
                echo,
                "over",
                key="last",
                depends_on=after("too_few", "squares", "child"),
                run_if=RunIf.ALL_DONE,
            ),
        ],
    )
    run = workspace.jobs.run_now(job.job_id, job_parameters={"limit": "2"}).result(timeout=PATIENCE)
    tasks = by_key(run)
    results = {key: task.state.result_state for key, task in tasks.items()}
    assert results.pop("too_few") == RunResultState.EXCLUDED
    assert set(results.values()) == {SUCCESS}, results
    assert run.state.result_state == SUCCESS
    assert run.status.termination_details.code == TerminationCodeCode.SUCCESS
    assert (run.run_type, run.trigger) == (RunType.JOB_RUN, TriggerType.ONE_TIME)
    assert tasks["enough"].condition_task.outcome == "true"
    iterations = workspace.jobs.get_run(tasks["squares"].run_id).iterations
    assert sorted(result_of(workspace, one) for one in iterations) == ["1", "4", "9"]
    stats = tasks["squares"].for_each_task.stats.task_run_stats
    assert (stats.total_iterations, stats.succeeded_iterations) == (3, 3)
    assert "arguments ['2', 'graph']" in workspace.jobs.get_run_output(tasks["program"].run_id).logs
    assert "wheel ['--limit=2', '--size=small']" in workspace.jobs.get_run_output(tasks["wheel"].run_id).logs
    child_run = workspace.jobs.get_run(workspace.jobs.get_run_output(tasks["child"].run_id).run_job_output.run_id)
    assert (child_run.job_id, child_run.trigger) == (child.job_id, TriggerType.RUN_JOB_TASK)
    assert result_of(workspace, child_run.tasks[0]) == "from the graph"
    assert result_of(workspace, tasks["last"]) == "over"
    with pytest.raises(InvalidParameterValue, match="output of runs with multiple tasks is not supported"):
        workspace.jobs.get_run_output(run.run_id)


def test_a_for_each_with_more_iterations_than_a_page(workspace: WorkspaceClient, cluster: str, echo: str) -> None:
    inputs = [str(number) for number in range(105)]
    each = ForEachTask(inputs=json.dumps(inputs), concurrency=8, task=echoing(cluster, echo, "{{input}}", key="one"))
    job = workspace.jobs.create(
        name="iterations",
        tasks=[Task(task_key="each", for_each_task=each)],
        parameters=[JobParameterDefinition(name="of_the_job", default="x")],
    )
    (task,) = workspace.jobs.run_now(job.job_id).result(timeout=PATIENCE).tasks
    run = workspace.jobs.get_run(task.run_id, include_history=True, include_resolved_values=True)
    assert [one.task_key for one in run.tasks] == ["each"]
    texts = [one.resolved_values.notebook_task.base_parameters["text"] for one in run.iterations]
    assert sorted(texts, key=int) == inputs
    assert {one.state.result_state for one in run.iterations} == {SUCCESS}
    assert (len(run.job_parameters), len(run.repair_history)) == (1, 1)
