"""Probes, the rounds they are measured in, and what is compared with what."""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

Figures = dict[str, float]


@dataclass(frozen=True)
class Probe:
    """One thing that is measured once a round. What it returns is named with its unit: {"req/s": …, "p50 ms": …}."""

    case: str
    system: str
    name: str
    measure: Callable[[], Figures]

    @property
    def label(self) -> str:
        return f"{self.case}. {self.system}: {self.name}"


@dataclass(frozen=True)
class Figure:
    """A probe's figure, by name."""

    system: str
    probe: str
    unit: str


@dataclass(frozen=True)
class Comparison:
    """A figure of Stoker beside one of a floor or a peer, and what is asked of it, if anything is."""

    figure: Figure
    reference: Figure | None
    target: float | None = None
    target_ratio: float | None = None  # of figure to reference
    higher_is_better: bool = True


@dataclass
class Samples:
    """One probe's figures, round after round."""

    probe: Probe
    figures: dict[str, list[float]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def add(self, figures: Figures) -> None:
        for unit, value in figures.items():
            self.figures.setdefault(unit, []).append(value)


@dataclass(frozen=True)
class Spread:
    median: float
    least: float
    most: float


def spread(values: list[float]) -> Spread:
    return Spread(statistics.median(values), min(values), max(values))


def measure_in_rounds(probes: Iterable[Probe], rounds: int, say: Callable[[str], None]) -> list[Samples]:
    """Every round asks every probe once, the next round in the opposite order: a drift of the machine meets all."""
    samples = [Samples(probe) for probe in probes]
    for number in range(1, rounds + 1):
        for place, one in enumerate(samples if number % 2 else reversed(samples), 1):
            began = time.monotonic()
            try:
                figures = one.probe.measure()
            except Exception as failure:  # a probe that fails says so in the report; the others go on
                one.failures.append(f"round {number}: {failure}")
                say(f"round {number}/{rounds} {place}/{len(samples)} {one.probe.label}: FAILED {failure}")
                continue
            one.add(figures)
            shown = ", ".join(f"{value:,.4g} {unit}" for unit, value in figures.items())
            took = time.monotonic() - began
            say(f"round {number}/{rounds} {place}/{len(samples)} {one.probe.label}: {shown} ({took:.0f} s)")
    return samples
