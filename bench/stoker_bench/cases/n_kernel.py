"""What a run costs inside its kernel, without server, queue and worker."""

import json

from stoker_bench import floors
from stoker_bench.measure import Comparison, Figure, Figures, Probe
from stoker_bench.places import BENCH, output_of
from stoker_bench.stage import Stage

TITLE = "A run inside its kernel"
NOTE = (
    "A notebook that reads a widget and exits, in the environment's Python, one run after the other. Isolated: a kernel is "
    "forked for each, which its pool does before a run comes; the run itself; and its end, when its slot is free. Shared: one "
    "kernel for all. CPU: of zygote and kernels, a run."
)
SYSTEM = "Stoker"
ISOLATED, SHARED = "a run in a kernel, isolated", "a run in a kernel, shared"
FORK = Figure(floors.FORK, "fork, one cell, exit", "p50 ms")
_NAMES = {
    "run_to_finished": "run",
    "fork_to_ready": "fork to ready",
    "finished_to_exited": "end",
    "finished_to_ready": "back to ready",
}

COMPARISONS = [
    Comparison(Figure(SYSTEM, ISOLATED, "p50 ms, run"), FORK, target=3, higher_is_better=False),
    Comparison(Figure(SYSTEM, ISOLATED, "p50 ms, fork to ready"), FORK, higher_is_better=False),
    Comparison(Figure(SYSTEM, SHARED, "p50 ms, run"), FORK, target=1, higher_is_better=False),
]


def probes(stage: Stage) -> list[Probe]:
    stage.cluster_id  # noqa: B018 - whose environment is measured

    def kernel(name: str, *options: str) -> Probe:
        def measure() -> Figures:
            python = floors.environment_python(stage.stoker.data_folder)
            command = (str(python), str(BENCH / "kernel_floor.py"), "--json", "--runs", str(stage.many(500)), *options)
            measured = json.loads(output_of(*command))
            figures = {"CPU ms": measured["cpu_ms"]}
            for step, shown in _NAMES.items():
                if step in measured:
                    figures |= {f"{p} ms, {shown}": measured[step][f"{p}_ms"] for p in ("p50", "p99")}
            return figures

        return Probe("n", SYSTEM, name, measure)

    return [kernel(ISOLATED), kernel(SHARED, "--shared"), floors.fork(stage, "n")]
