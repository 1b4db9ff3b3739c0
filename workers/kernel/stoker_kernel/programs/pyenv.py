"""As much of pyenv as MLflow needs to make environments for projects: `install --list`, `install`, `root`.

There is one Python to install, that of the task's environment. An environment made with it sees the task's packages
behind its own, so that a project that names no requirements finds mlflow and the rest.
"""

from __future__ import annotations

import os
import platform
import sys
import sysconfig
import venv

_VERSION = platform.python_version()


def main(arguments: list[str]) -> int:
    """The exit status."""
    if arguments == ["root"]:
        print(_root())
        return 0
    if arguments == ["install", "--list"]:
        print(f"Available versions:\n  {_VERSION}")
        return 0
    if arguments[:1] == ["install"] and len(arguments) > 1:
        return _install(arguments[-1])
    if arguments[:3] == ["python", "-m", "venv"] and len(arguments) > 3:
        return _make_environment(arguments[-1])
    if arguments[:1] == ["python"]:
        os.execv(sys.executable, [sys.executable, *arguments[1:]])
    print(f"pyenv: {' '.join(arguments)}: there is only install, install --list and root here", file=sys.stderr)
    return 2


def _root() -> str:
    return os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")


def _install(version: str) -> int:
    if version.split(".")[:2] != _VERSION.split(".")[:2]:
        print(
            f"pyenv: Python {version} is not here: the cluster's environment has {_VERSION}. "
            "Run the project with the environment manager local or uv, or with a Python that the cluster has.",
            file=sys.stderr,
        )
        return 1
    folder = os.path.join(_root(), "versions", version, "bin")
    os.makedirs(folder, exist_ok=True)
    packages = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    program = os.path.join(folder, "python")
    command = f'"{sys.executable}" -P -m stoker_kernel.programs.pyenv python "$@"'
    with open(program, "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\nPYTHONPATH="{packages}" exec {command}\n')
    os.chmod(program, 0o700)
    return 0


def _make_environment(folder: str) -> int:
    # pip comes with the task's packages.
    venv.EnvBuilder(symlinks=True, with_pip=False).create(folder)
    packages = sysconfig.get_path("purelib", vars={"base": folder, "platbase": folder})
    with open(os.path.join(packages, "packages_of_the_task.pth"), "w", encoding="utf-8") as file:
        file.write("\n".join(path for path in sys.path if path.endswith("-packages")) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
