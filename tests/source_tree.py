"""What the layering and style tests look at: the source files of the repository."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("core", "db", "clusters", "scheduler", "workers", "api", "dbfs_mount", "cli", "bench", "tests", "deploy", "examples", "docs", "cmake")


def files(*suffixes: str, folders: tuple[str, ...] = FOLDERS) -> list[Path]:
    found = [
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in suffixes and "__pycache__" not in path.parts
    ]
    return sorted(found)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines_matching(pattern: str, paths: list[Path]) -> list[str]:
    """`file:line: text` of every line that matches, so that a failing test names the place."""
    compiled = re.compile(pattern)
    return [
        f"{name(path)}:{number}: {line.strip()[:120]}"
        for path in paths
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if compiled.search(line)
    ]
