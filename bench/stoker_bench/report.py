"""The outcome as JSON and as Markdown."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

from stoker_bench.measure import Comparison, Figure, Samples, Spread, spread


@dataclass(frozen=True)
class Outcome:
    """All that one run of the benchmark has to tell."""

    facts: dict[str, dict[str, str]]  # "machine", "versions", "settings" → name → value
    cases: dict[str, ModuleType]
    samples: list[Samples]

    def of_case(self, letter: str) -> list[Samples]:
        return [samples for samples in self.samples if samples.probe.case == letter]

    def spread_of(self, letter: str, figure: Figure) -> Spread | None:
        for samples in self.of_case(letter):
            if (samples.probe.system, samples.probe.name) == (figure.system, figure.probe):
                values = samples.figures.get(figure.unit)
                return spread(values) if values else None
        return None


def as_json(outcome: Outcome) -> dict[str, Any]:
    cases = {
        letter: {
            "title": case.TITLE,
            "probes": [_probe_json(samples) for samples in outcome.of_case(letter)],
            "comparisons": [_comparison_json(outcome, letter, comparison) for comparison in case.COMPARISONS],
        }
        for letter, case in outcome.cases.items()
    }
    return outcome.facts | {"cases": cases}


def as_markdown(outcome: Outcome) -> str:
    lines = [
        "# Benchmarks",
        "",
        "What `bench/run` printed; `bench/README.md` tells how to repeat it. Medians over the rounds,",
    ]
    lines += ["with the least and the most beside them.", ""]
    for title, facts in outcome.facts.items():
        lines += [
            f"**{title.capitalize()}:** " + "; ".join(f"{name} {value}" for name, value in facts.items()) + ".",
            "",
        ]
    for letter, case in outcome.cases.items():
        lines += [f"## {letter}. {case.TITLE}", "", case.NOTE, ""]
        lines += _comparisons_table(outcome, letter, case.COMPARISONS)
        lines += _figures_table(outcome.of_case(letter))
        lines += [
            f"- FAILED {one.probe.label}: {failure}" for one in outcome.of_case(letter) for failure in one.failures
        ]
    return "\n".join(lines).rstrip() + "\n"


def _comparisons_table(outcome: Outcome, letter: str, comparisons: list[Comparison]) -> list[str]:
    rows = []
    for comparison in comparisons:
        figure, reference = comparison.figure, comparison.reference
        mine = outcome.spread_of(letter, figure)
        if not mine:
            continue
        other = outcome.spread_of(letter, reference) if reference else None
        beside = (
            (f"{reference.system}, {reference.probe}", with_unit(other.median, reference.unit)) if other else ("", "")
        )
        ratio = f"{number(mine.median / other.median)} ×" if other else ""
        what = figure.probe if figure.system == "Stoker" else f"{figure.system}: {figure.probe}"
        target = (_target_text(comparison), _verdict(comparison, mine, other))
        rows.append((what, with_unit(mine.median, figure.unit), *beside, ratio, *target))
    return _table(("what", "Stoker", "beside", "its figure", "ratio", "target", ""), rows)


def with_unit(value: float, unit: str) -> str:
    percentile, _, rest = unit.partition(" ")
    return f"{percentile} {number(value)} {rest}" if percentile in ("p50", "p99") else f"{number(value)} {unit}"


def _figures_table(samples: list[Samples]) -> list[str]:
    rows = []
    for one in samples:
        for unit, values in one.figures.items():
            seen = spread(values)
            rows.append(
                (
                    one.probe.system,
                    one.probe.name,
                    unit,
                    number(seen.median),
                    f"{number(seen.least)}–{number(seen.most)}",
                )
            )
    return _table(("system", "what", "unit", "median", "min–max"), rows)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    return ["| " + " | ".join(cells) + " |" for cells in (head, ("---",) * len(head), *rows)] + [""]


def _target_text(comparison: Comparison) -> str:
    sign = "≥" if comparison.higher_is_better else "≤"
    absolute = [f"{sign} {number(comparison.target)}"] if comparison.target is not None else []
    relative = [f"{sign} {comparison.target_ratio:g} ×"] if comparison.target_ratio is not None else []
    return ", ".join(absolute + relative)


def _verdict(comparison: Comparison, mine: Spread, other: Spread | None) -> str:
    """Of each target by itself: on another machine the ratio may hold where the figure does not."""
    verdicts = []
    if comparison.target is not None:
        verdicts.append(_meets(mine.median, comparison.target, comparison))
    if comparison.target_ratio is not None:
        verdicts.append(
            _meets(mine.median / other.median, comparison.target_ratio, comparison) if other else "not measured"
        )
    return ", ".join(verdicts)


def _meets(value: float, target: float, comparison: Comparison) -> str:
    met = value >= target if comparison.higher_is_better else value <= target
    return "met" if met else "missed"


def number(value: float) -> str:
    """Three digits that mean something."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value else "0"


def _probe_json(samples: Samples) -> dict[str, Any]:
    figures = {unit: vars(spread(values)) | {"rounds": values} for unit, values in samples.figures.items()}
    probe = samples.probe
    return {"system": probe.system, "what": probe.name, "figures": figures, "failures": samples.failures}


def _comparison_json(outcome: Outcome, letter: str, comparison: Comparison) -> dict[str, Any]:
    mine = outcome.spread_of(letter, comparison.figure)
    other = outcome.spread_of(letter, comparison.reference) if comparison.reference else None
    return {
        "figure": vars(comparison.figure),
        "median": mine and mine.median,
        "reference": comparison.reference and vars(comparison.reference),
        "reference_median": other and other.median,
        "ratio": mine.median / other.median if mine and other else None,
        "target": _target_text(comparison),
        "verdict": _verdict(comparison, mine, other) if mine else "not measured",
    }
