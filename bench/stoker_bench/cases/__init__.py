"""One module a case: TITLE, NOTE, COMPARISONS, and `probes(stage)`, which sets up what it measures."""

from types import ModuleType

from stoker_bench.cases import a_run_now, b_run_to_end, d_polls

CASES: dict[str, ModuleType] = {"a": a_run_now, "b": b_run_to_end, "d": d_polls}
