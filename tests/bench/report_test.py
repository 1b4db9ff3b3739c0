"""What bench/run makes of its samples: medians, ratios, and what it says of targets."""

import sys
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

from stoker_bench.measure import Comparison, Figure, Probe, Samples, measure_in_rounds, spread  # noqa: E402
from stoker_bench.report import Outcome, as_json, as_markdown, number, with_unit  # noqa: E402

MINE = Figure("Stoker", "run-now", "req/s")
FLOOR = Figure("floor", "insert", "req/s")


def outcome(comparison: Comparison, mine: list[float], floor: list[float]) -> Outcome:
    samples = [Samples(Probe("a", figure.system, figure.probe, dict)) for figure in (MINE, FLOOR)]
    samples[0].figures["req/s"] = mine
    samples[1].figures["req/s"] = floor
    case = SimpleNamespace(TITLE="Durable run-now", NOTE="Notes.", COMPARISONS=[comparison])
    return Outcome({"machine": {"processor": "2 × test"}}, {"a": case}, samples)


def test_a_figure_is_the_median_with_the_least_and_the_most() -> None:
    seen = spread([3.0, 1.0, 2.0])
    assert (seen.median, seen.least, seen.most) == (2.0, 1.0, 3.0)


def test_a_target_holds_for_the_figure_and_for_the_ratio_each_by_itself() -> None:
    comparison = Comparison(MINE, FLOOR, target=10_000, target_ratio=1.6)
    told = as_json(outcome(comparison, mine=[9000, 9600, 9300], floor=[5000, 6000, 5500]))["cases"]["a"]["comparisons"][
        0
    ]
    assert told["median"] == 9300
    assert told["ratio"] == 9300 / 5500
    assert told["verdict"] == "missed, met"


def test_lower_is_better_where_it_is_said() -> None:
    comparison = Comparison(MINE, FLOOR, target_ratio=4, higher_is_better=False)
    assert "| ≤ 4 × | met |" in as_markdown(outcome(comparison, mine=[7.0], floor=[2.0]))
    assert "| ≤ 4 × | missed |" in as_markdown(outcome(comparison, mine=[9.0], floor=[2.0]))


def test_without_its_reference_a_ratio_is_not_measured() -> None:
    comparison = Comparison(MINE, Figure("river", "absent", "req/s"), target_ratio=1)
    assert "| not measured |" in as_markdown(outcome(comparison, mine=[7.0], floor=[2.0]))


def test_every_round_asks_every_probe_in_alternating_order() -> None:
    asked: list[str] = []

    def probe(name: str) -> Probe:
        return Probe("a", "Stoker", name, lambda: asked.append(name) or {"req/s": 1.0})

    measure_in_rounds([probe("one"), probe("two")], 3, lambda line: None)
    assert asked == ["one", "two", "two", "one", "one", "two"]


def test_a_probe_that_fails_is_told_and_stops_no_other() -> None:
    def fail() -> dict[str, float]:
        raise RuntimeError("429 from the server")

    good = Probe("a", "Stoker", "good", lambda: {"req/s": 1.0})
    samples = measure_in_rounds([Probe("a", "Stoker", "bad", fail), good], 1, lambda line: None)
    assert samples[0].failures == ["round 1: 429 from the server"]
    assert samples[1].figures == {"req/s": [1.0]}


def test_numbers_keep_the_digits_that_mean_something() -> None:
    assert [number(value) for value in (12345.6, 999.4, 3.14159, 0.0)] == ["12,346", "999", "3.14", "0"]


def test_a_percentile_stands_before_its_number() -> None:
    assert with_unit(5.5, "p50 ms") == "p50 5.5 ms"
    assert with_unit(12345.6, "req/s") == "12,346 req/s"
