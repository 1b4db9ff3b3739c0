"""The command `bench/run`."""

import argparse
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from stoker_bench import machine
from stoker_bench.cases import CASES
from stoker_bench.measure import measure_in_rounds
from stoker_bench.places import BUILD, RESULTS, ROOT
from stoker_bench.report import Outcome, as_json, as_markdown
from stoker_bench.stage import Stage
from stoker_bench.stoker import Stoker

EPILOG = """examples:
  bench/run                          every case, 5 rounds: hours
  bench/run --quick                  every case, short and in one round: is it still as fast?
  bench/run --case a --case b        these only
  bench/run --case a --rounds 3
  bench/run --write docs/benchmarks.md

The figures go to build/bench/<date>/results.json and report.md, the report to standard output, progress to standard
error.
cases:
"""


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    say = teller()
    if not options.no_build:
        build(say)
    folder = RESULTS / datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    folder.mkdir(parents=True)
    with stoker_on((options.data_dir or folder / "data").resolve(), options.case, say) as stoker:
        stage = Stage(stoker, folder, options.quick, say)
        outcome = measure(stage, options.case, options.rounds or (1 if options.quick else 5))
    if not options.data_dir:
        stoker.remove()
    report = as_markdown(outcome)
    if options.write:
        options.write.write_text(report)
    print(report)
    say(f"done; the results are in {folder.relative_to(ROOT)}")
    return 1 if any(samples.failures for samples in outcome.samples) else 0


def teller() -> Callable[[str], None]:
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - began:6.0f}s] {line}", file=sys.stderr, flush=True)

    return say


@contextmanager
def stoker_on(data_folder: Path, cases: list[str], say: Callable[[str], None]) -> Iterator[Stoker]:
    """Told to end, we end what we have started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: told to end"))
    stoker = Stoker(data_folder, mlflow=bool({"f", "h"} & set(cases)))
    say("starting stoker up")
    try:
        stoker.start()
        if stoker.mlflow:
            say("waiting for MLflow: while it starts, nothing else has the machine")
            stoker.client.get("/api/2.0/mlflow/experiments/search", max_results=1)
        yield stoker
    finally:
        say("stopping stoker")
        stoker.stop()


def parse(arguments: list[str]) -> argparse.Namespace:
    cases = "\n".join(f"  {letter}  {case.TITLE}" for letter, case in CASES.items())
    parser = argparse.ArgumentParser(
        prog="bench/run",
        description="Measures Stoker beside the floors of this machine and the peers that bench/peers has installed.",
        epilog=EPILOG + cases,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--case", action="append", choices=sorted(CASES), help="only this case, once or more")
    parser.add_argument(
        "--rounds", type=int, help="how often each figure is measured, the medians are kept (default 5; quick 1)"
    )
    parser.add_argument("--quick", action="store_true", help="a fifth of the time and of the numbers")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the report there as well")
    parser.add_argument("--no-build", action="store_true", help="measure build/release as it is")
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help="a data folder for Stoker, kept afterwards (default: a new one, removed)",
    )
    options = parser.parse_args(arguments)
    options.case = sorted(set(options.case or CASES))
    return options


def build(say: Callable[[str], None]) -> None:
    say("building build/release/stoker and stoker_bench")
    for command in (
        ["cmake", "--preset", "release"],
        ["cmake", "--build", str(BUILD), "--target", "stoker", "stoker_bench"],
    ):
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise SystemExit(f"bench: the build failed:\n{done.stdout[-4000:]}")


def measure(stage: Stage, letters: list[str], rounds: int) -> Outcome:
    """Writes down what is known after every case: the whole may take hours."""
    conditions = {
        "measured": datetime.now().strftime("%Y-%m-%d %H:%M"),
        "rounds": str(rounds),
        "duration": "short (--quick)" if stage.quick else "full",
        "caches": "page cache and kernels warm; Postgres new at the start",
        "load average before": f"{machine.load_average():.1f}",
    }
    facts = {"machine": machine.machine(), "versions": machine.versions()}
    facts |= {"settings": machine.settings(stage.stoker.database), "conditions": conditions}
    outcome = Outcome(facts, {}, [])
    for letter in letters:
        outcome.cases[letter] = CASES[letter]
        stage.say(f"case {letter}: {CASES[letter].TITLE}")
        with stage.cleanups:
            outcome.samples.extend(measure_in_rounds(CASES[letter].probes(stage), rounds, stage.say))
        conditions |= stage.remarks
        conditions["load average after"] = f"{machine.load_average():.1f}"
        (stage.folder / "results.json").write_text(json.dumps(as_json(outcome), indent=1, ensure_ascii=False) + "\n")
        (stage.folder / "report.md").write_text(as_markdown(outcome))
    return outcome
