"""`%pip`: packages for one run, in a folder of the run's own before the environment on sys.path.

The environment is shared and read-only. What it already holds is kept at its version, unless the command names it.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from stoker_kernel import workspace_files
from stoker_kernel.errors import InstallFailed, NotebookNotFound, UnsupportedError
from stoker_kernel.workspace_notebooks import resolve

_PIP_CONFIGURATION = "/etc/pip.conf"
_SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}
_FILE = re.compile(r"\A(-[rc]|--requirements?=|--constraints?=)(.+)\Z")
_FILES = (".txt", ".whl", ".tar.gz", ".zip")
_NAME = re.compile(r"\A\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


class PipOverlay:
    """The run's folder for packages."""

    def __init__(self, folder: str, notebook_path: str) -> None:
        """`folder`: the run's own; nothing is made until something is installed. A file that is not on the machine is one
        of the workspace, beside the notebook."""
        self.path = os.path.join(folder, "pip")
        self._notebook_path = notebook_path
        self._copies = os.path.join(folder, "tmp", "pip-files")
        self._constraints = os.path.join(folder, "tmp", "pip-constraints.txt")

    @property
    def in_force(self) -> bool:
        """Whether anything was installed."""
        return self.path in sys.path

    def run(self, line: str) -> None:
        """One `%pip` line. Raises InstallFailed naming the package, UnsupportedError for other commands."""
        words = shlex.split(line)
        if not words:
            raise UnsupportedError("%pip needs a command, such as %pip install <package>")
        if words[0] in ("list", "freeze"):
            print("\n".join(sorted(f"{name}=={version}" for name, version in _installed())))
        elif words[0] == "install":
            self._install(words[1:])
        else:
            raise UnsupportedError(
                f"%pip {words[0]} is not supported: the environment is read-only; %pip install adds to it"
            )

    def _install(self, arguments: list[str]) -> None:
        arguments = [self._with_local_file(word) for word in arguments if word not in ("-q", "--quiet")]
        os.makedirs(self.path, exist_ok=True)
        self._write_constraints(arguments)
        # A named version may contradict one of the environment: then the overlay alone decides.
        done = self._call([*arguments, "--constraint", self._constraints])
        if done.returncode != 0:
            done = self._call(arguments)
        if done.returncode != 0:
            what = " ".join(word for word in arguments if not word.startswith("-")) or " ".join(arguments)
            raise InstallFailed(f"%pip install {what} failed:\n{done.stdout.strip()}")
        print(done.stdout, end="")
        if not self.in_force:
            sys.path.insert(0, self.path)
            # Programs that the notebook starts see the packages too.
            before = os.environ.get("PYTHONPATH")
            os.environ["PYTHONPATH"] = self.path if not before else f"{self.path}{os.pathsep}{before}"
        importlib.invalidate_caches()

    def _with_local_file(self, word: str) -> str:
        option, path = match.groups() if (match := _FILE.match(word)) else ("", word)
        if not path.endswith(_FILES) or "://" in path or os.path.exists(path):
            return word
        try:
            content = workspace_files.read(resolve(path.removeprefix("/Workspace"), self._notebook_path))
        except NotebookNotFound:
            return word
        os.makedirs(self._copies, exist_ok=True)
        folder = tempfile.mkdtemp(dir=self._copies)  # two files may have one name
        copy = os.path.join(folder, os.path.basename(path))
        with open(copy, "wb") as file:
            file.write(content)
        return option + copy

    def _write_constraints(self, arguments: list[str]) -> None:
        named = {_canonical(match.group(1)) for word in arguments if (match := _NAME.match(word))}
        os.makedirs(os.path.dirname(self._constraints), exist_ok=True)
        with open(self._constraints, "w", encoding="utf-8") as file:
            file.writelines(f"{name}=={version}\n" for name, version in _installed() if _canonical(name) not in named)

    def _call(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        import shutil

        uv = os.environ.get("STOKER_UV") or shutil.which("uv")
        if uv:
            command = [uv, "pip", "install", "--python", sys.executable, "--no-progress"]
        elif importlib.util.find_spec("pip") is not None:
            command = [sys.executable, "-m", "pip", "install", "--no-input", "--upgrade", "--disable-pip-version-check"]
        else:
            raise InstallFailed("%pip needs uv or pip, and this worker has neither")
        return subprocess.run(
            [*command, "--target", self.path, *arguments],
            env={**_pip_settings(), **os.environ} if uv else None,
            stdin=subprocess.DEVNULL,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )

    def forget_shadowed_modules(self) -> None:
        """Drops modules that came from elsewhere and that the overlay now has: the next import finds the new ones."""
        if not os.path.isdir(self.path):
            return
        installed = {name.removesuffix(".py") for name in os.listdir(self.path)}
        for name in list(sys.modules):
            origin = getattr(sys.modules[name], "__file__", None) or ""
            if name.partition(".")[0] in installed and not origin.startswith(self.path):
                del sys.modules[name]


def _pip_settings() -> dict[str, str]:
    """pip's settings of the machine that say where packages come from, under uv's names: uv reads none of pip's."""
    import configparser

    file = configparser.RawConfigParser()
    try:
        file.read(_PIP_CONFIGURATION)
    except configparser.Error as error:
        print(f"{_PIP_CONFIGURATION} is not used: {error}")
    settings = {}
    for pip, uv in _SETTINGS.items():
        value = os.environ.get("PIP_" + pip.upper().replace("-", "_")) or file.get("global", pip, fallback="")
        if value and not (pip == "find-links" and value.startswith("/") and not os.access(value, os.R_OK)):
            settings[uv] = " ".join(value.split())
    return settings


def _installed() -> Iterator[tuple[str, str]]:
    """Name and version of every distribution on sys.path."""
    # Most runs never ask, and its e-mail parser is large.
    import importlib.metadata

    for distribution in importlib.metadata.distributions():
        name = distribution.metadata["Name"]
        if name:
            yield name, distribution.version


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
