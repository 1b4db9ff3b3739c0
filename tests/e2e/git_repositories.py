"""Repositories on a Git server of the tests' own (tests/support/git_http_server.py)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER = Path(__file__).resolve().parents[1] / "support/git_http_server.py"
USER, TOKEN = "ann", "s3cret-token-of-the-tests"


class Repositories:
    """Bare repositories beneath `root`, named by their path: what is in private/ asks for USER and TOKEN."""

    def __init__(self, root: Path, url: str) -> None:
        self.root = root
        self._url = url

    def url(self, path: str) -> str:
        return f"{self._url}/{path}"

    def commit(self, path: str, files: dict[str, str], branch: str = "main") -> str:
        """On top of the branch; the commit."""
        if not (self.root / path).exists():
            self._git(path, "init", "--quiet", "--bare", str(self.root / path))
        ref = f"refs/heads/{branch}"
        parent = self._git(path, "for-each-ref", "--format=%(objectname)", ref)
        self._git(path, "read-tree", parent or "--empty")
        for name, content in files.items():
            blob = self._git(path, "hash-object", "-w", "--stdin", text=content)
            self._git(path, "update-index", "--add", "--cacheinfo", f"100644,{blob},{name}")
        parents = ["-p", parent] if parent else []
        commit = self._git(path, "commit-tree", self._git(path, "write-tree"), "-m", "a commit", *parents)
        self._git(path, "update-ref", ref, commit)
        return commit

    def tag(self, path: str, name: str, commit: str) -> None:
        self._git(path, "tag", "-a", "-m", "a tag", name, commit)

    def delete_branch(self, path: str, branch: str) -> None:
        self._git(path, "update-ref", "-d", f"refs/heads/{branch}")

    def _git(self, path: str, *arguments: str, text: str = "") -> str:
        command = ["git", "--git-dir", str(self.root / path), *arguments]
        return subprocess.run(
            command, input=text, capture_output=True, text=True, check=True, env=_environment(self.root)
        ).stdout.strip()


def _environment(root: Path) -> dict[str, str]:
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Ann"), ("EMAIL", "a@b.c"))
    }
    files = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_INDEX_FILE": str(root / "index")}
    return os.environ | who | files


@contextmanager
def git_server(folder: Path, address: str = "127.0.0.1") -> Iterator[Repositories]:
    root = folder / "root"
    root.mkdir()
    command = [
        sys.executable,
        str(SERVER),
        "--root",
        str(root),
        "--user",
        f"{USER}:{TOKEN}",
        "--log",
        str(folder / "log"),
        "--address",
        address,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=_environment(root), text=True) as server:
        try:
            assert server.stdout
            yield Repositories(root, f"http://{address}:{server.stdout.readline().strip()}")
        finally:
            server.kill()
