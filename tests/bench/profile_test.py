"""What bench/profile makes of perf's samples."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

from stoker_bench.flame_graph import as_svg, busiest  # noqa: E402
from stoker_bench.profile import ELSEWHERE, by_role  # noqa: E402

SCRIPT = """stoker  100 PERF_RECORD_FORK(200:200):(100:100)
stoker  200 PERF_RECORD_COMM: python:200/200
stoker worker 100 
\t     a1 inner<std::vector<int>, 3>::call (/opt/stoker)
\t     a2 main (/opt/stoker)

python 200 
\t     b1 [unknown] (/usr/bin/python3)

cc1plus 300 
\t     c1 parse (/usr/bin/cc1plus)

swapper     0 
\t     d1 idle ([kernel.kallsyms])

"""


def test_samples_belong_to_the_process_and_to_those_it_forks() -> None:
    stacks = by_role(SCRIPT, {100: "worker"})
    assert stacks == {
        "worker": {("main", "inner::call"): 1, ("[python3]",): 1},
        ELSEWHERE: {("parse",): 1},
    }


def test_the_graph_tells_each_function_and_its_share() -> None:
    svg = as_svg({("main", "hot"): 3, ("main", "cold"): 1}, "title & more")
    assert "<title>main 100.0 %</title>" in svg
    assert "<title>hot 75.0 %</title>" in svg
    assert "title &amp; more" in svg


def test_the_busiest_come_first() -> None:
    lines = busiest({("main", "hot"): 3, ("main", "cold"): 1})
    assert lines[1].split()[-1] == "hot"
    assert lines[lines.index("with what it calls") + 1].split() == ["100.0", "%", "main"]
