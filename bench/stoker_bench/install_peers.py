"""The command `bench/peers`."""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from stoker_bench.places import BENCH, PEERS, ROOT

SOURCES = BENCH / "peer_programs"
EPILOG = """examples:
  bench/peers                          all of them
  bench/peers graphile-worker river    these only

graphile-worker and restate need node and npm, river needs go, minilake and brickhouse need uv."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="bench/peers",
        description="Installs peers from their registries into build/bench/peers, where bench/run finds them.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("peer", nargs="*", choices=[[], *INSTALLERS], help=", ".join(INSTALLERS))
    failed = [name for name in parser.parse_args(arguments).peer or INSTALLERS if not installed(name)]
    if failed:
        print(f"bench/peers: not installed: {', '.join(failed)}; bench/run leaves them out", file=sys.stderr)
    return 1 if failed else 0


def installed(name: str) -> bool:
    """Into a folder beside, so that a half-installed peer is never measured."""
    print(f"installing {name}", file=sys.stderr, flush=True)
    fresh = PEERS / f"{name}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        INSTALLERS[name](fresh)
    except (OSError, subprocess.CalledProcessError) as failure:
        print(f"  {failure}", file=sys.stderr)
        return False
    shutil.rmtree(PEERS / name, ignore_errors=True)
    fresh.rename(PEERS / name)
    print(f"  in {(PEERS / name).relative_to(ROOT)}", file=sys.stderr)
    return True


def with_npm(name: str) -> Callable[[Path], None]:
    def install(folder: Path) -> None:
        shutil.copytree(SOURCES / name, folder, dirs_exist_ok=True)
        call(folder, "npm", "install", "--no-audit", "--no-fund", "--loglevel=error")

    return install


def river(folder: Path) -> None:
    shutil.copytree(SOURCES / "river", folder, dirs_exist_ok=True)
    call(folder, "go", "mod", "tidy")
    call(folder, "go", "build", "-o", "river-bench", ".")


def with_uv(requirement: str) -> Callable[[Path], None]:
    def install(folder: Path) -> None:
        call(folder, "uv", "venv", "--quiet", "--relocatable", "venv")
        call(folder, "uv", "pip", "install", "--quiet", "--python", "venv/bin/python", requirement)

    return install


INSTALLERS: dict[str, Callable[[Path], None]] = {
    "graphile-worker": with_npm("graphile-worker"),
    "river": river,
    "restate": with_npm("restate"),
    "minilake": with_uv("minilake==1.9.0"),
    "brickhouse": with_uv("brickhouse==0.1.0"),
}


def call(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=sys.stderr)
