"""Rules of CONTRIBUTING.md that a program can check."""

import ast
import re
from pathlib import Path

from source_tree import FOLDERS, ROOT, files, lines_matching, name

CLOCK = r"(system|steady|high_resolution)_clock::now|std::time\s*\("
SLEEP = r"\bsleep_(for|until)\b|\b(u|nano)sleep\s*\("


def cmake_of(path: Path) -> Path | None:
    """The nearest CMakeLists.txt at or above the file's folder, below the root."""
    for folder in path.relative_to(ROOT).parents:
        lists = ROOT / folder / "CMakeLists.txt"
        if lists.exists():
            return lists
    return None


def is_listed(path: Path) -> bool:
    lists = cmake_of(path)
    if lists is None:
        return False
    relative = path.relative_to(lists.parent).as_posix()
    return re.search(rf"(?<![\w/]){re.escape(relative)}(?!\w)", lists.read_text()) is not None


def test_only_the_clock_asks_the_machine_for_the_time() -> None:
    """Tests may ask the monotonic clock for the end of a bounded wait."""
    sources = [path for path in files(".h", ".cpp") if name(path) != "core/clock.cpp"]
    product = [path for path in sources if not name(path).startswith("tests/")]
    assert lines_matching(CLOCK, product) == []


def test_nothing_sleeps() -> None:
    assert lines_matching(SLEEP, files(".h", ".cpp")) == []


def test_every_source_file_is_listed_in_its_cmake_file() -> None:
    assert [name(path) for path in files(".cpp") if not is_listed(path)] == []


def test_no_listed_test_is_commented_out() -> None:
    lists = [path for path in files(".txt") if path.name == "CMakeLists.txt"]
    assert lines_matching(r"^\s*#.*[a-z0-9]_(pg)?test\.cpp", lists) == []


def test_no_test_is_switched_off() -> None:
    switched_off = r"TEST\w*\([^)]*\bDISABLED_|@pytest\.mark\.(xfail|skip)\b"
    assert lines_matching(switched_off, files(".cpp", ".py", folders=("tests",))) == []


def test_files_are_at_most_400_lines() -> None:
    sources = files(".h", ".cpp", ".py", ".sql", ".cmake")
    long = [(name(path), count) for path in sources if (count := len(path.read_text(errors="replace").splitlines())) > 400]
    assert [entry for entry in long if entry[0] != "db/schema.sql"] == []  # generated


def test_no_path_of_a_developers_machine() -> None:
    texts = files(".h", ".cpp", ".py", ".sql", ".md", ".txt", ".cmake", ".toml", ".json", "", folders=FOLDERS)
    # In a linked worktree .git is a file.
    texts += [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]
    assert lines_matching(r"(?<![\w.])/(wor[k]|roo[t]|hom[e])/\w", texts) == []


def test_python_tests_wait_for_events_not_for_time() -> None:
    """One bounded retry loop, in tests/e2e/waiting.py; everything else waits on something that happens."""
    sleeps = [
        f"{name(path)}:{node.lineno}"
        for path in files(".py", folders=("tests",))
        if name(path) != "tests/e2e/waiting.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("time.sleep", "sleep", "asyncio.sleep")
    ]
    assert sleeps == []


def test_a_co_await_stands_in_no_logical_expression() -> None:
    """g++ 12 destroys temporaries twice in `a && co_await b()`: store the result first (CONTRIBUTING.md)."""
    assert lines_matching(r"^(?!\s*//).*((&&|\|\|)\s*!?\(?\s*co_await|co_await[^;]*(&&|\|\|))", files(".h", ".cpp")) == []
