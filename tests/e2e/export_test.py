"""runs/export: what a notebook printed and displayed, as a page."""

from client import Client, notebook, notebook_task

CELLS = (
    "# MAGIC %md ## Report",
    "print('\\x1b[31mred\\x1b[0m <b>')",
    "import pandas\ndisplay(pandas.DataFrame({'city': ['Zürich'], 'n': [41 + 1]}))",
    "1 / 0",
)


def test_a_run_is_exported_as_a_page(client: Client, cluster: str) -> None:
    path = client.import_notebook(notebook(*CELLS))
    run_id = client.submit(notebook_task(path, cluster))
    answer = client.get("/api/2.1/jobs/runs/export", wait=120, run_id=run_id)  # when the run is over
    [view] = answer["views"]
    assert (view["type"], view["name"]) == ("NOTEBOOK", path.rpartition("/")[2])
    for part in (
        "<h2>Report</h2>",
        '<span style="color:#b42318;">red</span> &lt;b&gt;',
        "&lt;td&gt;Zürich&lt;/td&gt;&lt;td&gt;42&lt;/td&gt;",
        "ZeroDivisionError",
        "<dd>FAILED</dd>",
    ):
        assert part in view["content"]
