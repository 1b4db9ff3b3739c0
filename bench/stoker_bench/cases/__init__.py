"""One module a case: TITLE, NOTE, COMPARISONS, and `probes(stage)`, which sets up what it measures."""

from types import ModuleType

from stoker_bench.cases import (
    a_run_now,
    b_run_to_end,
    c_drain,
    d_polls,
    e_chain,
    f_models,
    g_history,
    h_idle,
    i_graph,
    j_for_each,
    k_lists,
    l_autoscale,
    m_job_clusters,
    n_kernel,
)

CASES: dict[str, ModuleType] = {
    "a": a_run_now,
    "b": b_run_to_end,
    "c": c_drain,
    "d": d_polls,
    "e": e_chain,
    "f": f_models,
    "g": g_history,
    "h": h_idle,
    "i": i_graph,
    "j": j_for_each,
    "k": k_lists,
    "l": l_autoscale,
    "m": m_job_clusters,
    "n": n_kernel,
}
