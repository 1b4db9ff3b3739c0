"""The command `bench/profile`."""

import argparse
import re
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from stoker_bench import processes
from stoker_bench.cases import CASES, a_run_now, b_run_to_end
from stoker_bench.command_line import build, stoker_on, teller
from stoker_bench.flame_graph import Stacks, as_svg, busiest
from stoker_bench.measure import Probe
from stoker_bench.places import RESULTS, ROOT, output_of
from stoker_bench.stage import Stage

PROBES = {"a": a_run_now.name(128), "b": b_run_to_end.WAITING}
HZ = 499
EPILOG = """examples:
  bench/profile --case a
  bench/profile --case b
  bench/profile --case b --probe "100 runs/s, Prefer: wait"

Needs perf (Debian: linux-perf) and the right to sample the whole machine: root, or kernel.perf_event_paranoid <= 0.
Writes one SVG for each of Stoker's processes (open it in a browser; rectangles tell their name and share) and
busiest.txt, the functions that took most of the time, into build/bench/<date>_profile_<case>."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="bench/profile",
        description="Samples the stacks of everything that runs while one figure of a case is measured.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--case", choices=sorted(CASES), required=True)
    parser.add_argument(
        "--probe", help="which of the case's figures, by name (default for a and b: the one with a target)"
    )
    parser.add_argument("--quick", action="store_true", help="a fifth of the time")
    parser.add_argument("--no-build", action="store_true", help="profile build/release as it is")
    options = parser.parse_args(arguments)
    say = teller()
    if not options.no_build:
        build(say)
    folder = RESULTS / f"{datetime.now():%Y-%m-%d_%H-%M-%S}_profile_{options.case}"
    folder.mkdir(parents=True)
    with stoker_on(folder / "data", [options.case], say) as stoker:
        stage = Stage(stoker, folder, options.quick, say)
        with stage.cleanups:
            probe = chosen(CASES[options.case].probes(stage), options.probe or PROBES.get(options.case, ""))
            stacks = sample(probe, stage)
    stoker.remove()
    write(stacks, probe, folder)
    say(f"done; the flame graphs are in {folder.relative_to(ROOT)}")
    return 0


def chosen(probes: list[Probe], name: str) -> Probe:
    named = [probe for probe in probes if probe.name == name]
    if not named:
        known = "\n".join(f"  {probe.name}" for probe in probes)
        raise SystemExit(f"bench/profile: --probe names one of\n{known}")
    return named[0]


def sample(probe: Probe, stage: Stage) -> dict[str, Stacks]:
    """Stacks by the role of their process."""
    probe.measure()  # so that what happens once is over
    roles = {one.pid: role for role, members in processes.by_role(stage.stoker.pid).items() for one in members}
    data = stage.folder / "perf.data"
    command = ["perf", "record", "-a", "-F", str(HZ), "--call-graph", "fp", "-e", "cpu-clock", "-o", data]
    with (stage.folder / "perf.log").open("w") as log:
        perf = subprocess.Popen(command, stdout=log, stderr=log)
        stage.say(f"sampling {probe.label}")
        figures = probe.measure()
        perf.send_signal(signal.SIGINT)
        perf.wait(60)
    stage.say(", ".join(f"{value:,.4g} {unit}" for unit, value in figures.items()))
    script = output_of("perf", "script", "--show-task-events", "-F", "comm,pid,ip,sym,dso", "-i", str(data))
    return by_role(script, roles)


FORK = re.compile(r"PERF_RECORD_FORK\((\d+):\d+\):\((\d+):\d+\)")
FRAME = re.compile(r"^\s+[0-9a-f]+ (.*) \(([^()]*)\)$")
ELSEWHERE = "not Stoker's"


def by_role(script: str, roles: dict[int, str]) -> dict[str, Stacks]:
    """Of `perf script`: forks, and samples of a head (command, pid) and a line a frame, the innermost first.
    A process that came while we sampled has the role of the one that forked it."""
    roles = dict(roles)
    stacks: dict[str, Stacks] = {}
    lines = iter(script.splitlines())
    for head in lines:
        if fork := FORK.search(head):
            child, parent = int(fork[1]), int(fork[2])
            if parent in roles:
                roles.setdefault(child, roles[parent])
        elif (pid := head.rpartition(" ")[0].rpartition(" ")[2]) and pid.isdigit() and pid != "0":
            stack = tuple(reversed([function_of(line) for line in iter(lambda: next(lines, ""), "")]))
            of_role = stacks.setdefault(roles.get(int(pid), ELSEWHERE), {})
            of_role[stack] = of_role.get(stack, 0) + 1
    return stacks


def function_of(line: str) -> str:
    """Without its template's arguments; a function without a name is called by its library."""
    frame = FRAME.match(line)
    if not frame:
        return "?"
    name, library = frame[1], frame[2].rpartition("/")[2]
    if name == "[unknown]":
        return f"[{library.strip('[]')}]"
    while (shorter := re.sub(r"<[^<>]*>", "", name)) != name:
        name = shorter
    return name


def write(stacks: dict[str, Stacks], probe: Probe, folder: Path) -> None:
    shares = {role: sum(of_role.values()) for role, of_role in stacks.items()}
    lines = [f"{probe.label}: samples by process, {HZ} a second and core", ""]
    lines += [f"{count:8}  {role}" for role, count in sorted(shares.items(), key=lambda pair: -pair[1])]
    for role, of_role in stacks.items():
        if role == ELSEWHERE:
            continue
        name = "".join(letter if letter.isalnum() else "_" for letter in role)
        (folder / f"{name}.svg").write_text(as_svg(of_role, f"{role}, {probe.label}"))
        lines += ["", f"## {role}", "", *busiest(of_role)]
    (folder / "busiest.txt").write_text("\n".join(lines) + "\n")
    print("\n".join(lines), file=sys.stdout)
