"""Holds the include table of ARCHITECTURE.md, "The one rule of the tree", against the sources."""

import re

import pytest
from source_tree import ROOT, files, lines_matching, name

# A folder may include itself and these.
MAY_INCLUDE = {
    "core": set(),
    "db": {"core"},
    "clusters": {"core", "db"},
    "scheduler": {"core", "db", "clusters"},
    "workers": {"core", "db", "clusters"},
    "api": {"core", "db", "clusters"},
    "dbfs_mount": {"core", "clusters"},
    "cli": {"core", "db", "clusters", "scheduler", "workers", "api", "dbfs_mount"},
    "bench": {"core", "db"},
}
# Third-party headers that only some folders may see.
ONLY_IN = {
    r"pqxx/|libpq-fe\.h|libpq/": {"db"},
    r"boost/beast": {"api", "bench"},
    r"CLI/": {"cli"},
    r"fuse": {"dbfs_mount"},
    r"boost/": set(MAY_INCLUDE) - {"core"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.MULTILINE)
SQL = (
    r'"[^"]*\b(SELECT\b[^"]*\bFROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM|FOR UPDATE|ON CONFLICT'
    r"|(CREATE|ALTER|DROP) (TABLE|INDEX|VIEW|SEQUENCE|FUNCTION|PROCEDURE|TYPE))\b"
)


def includes(folder: str) -> list[tuple[str, str]]:
    return [
        (name(path), included)
        for path in files(".h", ".cpp", folders=(folder,))
        for included in INCLUDE.findall(path.read_text())
    ]


@pytest.mark.parametrize("folder", MAY_INCLUDE)
def test_folder_includes_only_what_stands_below_it(folder: str) -> None:
    forbidden = set(MAY_INCLUDE) - MAY_INCLUDE[folder] - {folder} | {"tests"}
    assert [pair for pair in includes(folder) if pair[1].split("/")[0] in forbidden] == []


@pytest.mark.parametrize("folder", MAY_INCLUDE)
def test_folder_links_only_what_stands_below_it(folder: str) -> None:
    lists = ROOT / folder / "CMakeLists.txt"
    linked = set(re.findall(r"\bstoker_(\w+)", lists.read_text())) & set(MAY_INCLUDE)
    assert linked - MAY_INCLUDE[folder] - {folder} == set()


@pytest.mark.parametrize("folder", MAY_INCLUDE)
def test_tests_of_a_folder_include_only_what_the_folder_may(folder: str) -> None:
    allowed = MAY_INCLUDE[folder] | {folder, "tests"}
    mine = includes(f"tests/{folder}")
    assert [pair for pair in mine if pair[1].split("/")[0] in set(MAY_INCLUDE) - allowed] == []
    others = [pair for pair in mine if re.match(r"tests/(?!support/)", pair[1])]
    assert [pair for pair in others if not pair[1].startswith(f"tests/{folder}/")] == []


@pytest.mark.parametrize("folder", MAY_INCLUDE)
def test_third_party_headers_stay_where_they_belong(folder: str) -> None:
    for pattern, allowed in ONLY_IN.items():
        if folder not in allowed:
            assert [pair for pair in includes(folder) if re.match(pattern, pair[1])] == []


def test_beast_and_the_asio_umbrella_stay_out_of_headers() -> None:
    headers = [path for folder in MAY_INCLUDE for path in files(".h", folders=(folder,))]
    assert lines_matching(r"#include <boost/(asio\.hpp|beast\.hpp)>", headers) == []


def test_sql_stands_only_in_sql_files() -> None:
    sources = [path for folder in MAY_INCLUDE for path in files(".h", ".cpp", folders=(folder,))]
    assert lines_matching(SQL, sources) == []


def test_sql_files_stand_only_in_their_rooms() -> None:
    rooms = ("db/migrations/", "db/routines/", "db/queries/", "db/schema.sql", "db/roles", "tests/", "examples/", "bench/")
    assert [name(path) for path in files(".sql") if not name(path).startswith(rooms)] == []


def test_every_file_of_the_kernel_is_shipped() -> None:
    """The binary carries what workers/kernel/files.cmake names."""
    kernel = ROOT / "workers" / "kernel"
    named = set(re.findall(r"stoker_kernel/[\w/.]+", (kernel / "files.cmake").read_text()))
    there = {str(file.relative_to(kernel)) for file in (kernel / "stoker_kernel").rglob("*.py")}
    assert there == {name for name in named if name.endswith(".py")}
