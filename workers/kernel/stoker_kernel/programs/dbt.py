"""`dbt_task`: dbt commands, one after another, in a copy of a project. dbt itself is a library of the task."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from typing import Any

from stoker_kernel import workspace_files
from stoker_kernel.dbutils import fs
from stoker_kernel.errors import UnsupportedError
from stoker_kernel.programs import child, files
from stoker_kernel.programs.place import Place

_PROFILES = "profiles.yml"
_ARTIFACTS = ("target", "logs")
_SESSION = re.compile(r"^\s*method:\s*['\"]?session\b", re.MULTILINE)
#: Models that name no file format become tables of Spark's default one: not every driver has Hive.
_WITHOUT_HIVE = {"spark.sql.legacy.createHiveTableByDefault": "false"}


def run(program: dict[str, Any], place: Place) -> None:
    """Runs the commands; the first that fails ends the task. What dbt leaves in target/ and logs/ is always kept."""
    commands = [_words(command) for command in program["commands"]]
    if not _installed("dbt-core"):
        raise ModuleNotFoundError("dbt-core is not installed: add it to the task's libraries, with an adapter")
    project = _project(program, place)
    profiles = _profiles(program, place, project)
    environ = {
        **os.environ,
        "DBT_PROFILES_DIR": profiles,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_USE_COLORS": "false",
        "DBT_VERSION_CHECK": "false",
    }
    dbt = _with_session(place) if _uses_session(profiles) else ["dbt"]
    try:
        for words in commands:
            print(f"+ {shlex.join(words)}")
            child.run([*dbt, *words[1:]], environ, project, name=" ".join(words[:2]))
    finally:
        _keep_artifacts(project, place)


def _words(command: str) -> list[str]:
    words = shlex.split(command)
    if not words or words[0] != "dbt":
        raise UnsupportedError(f"{command}: a command of a dbt task begins with dbt")
    return words


def _installed(distribution: str) -> bool:
    # Most runs never ask, and its e-mail parser is large.
    from importlib import metadata

    try:
        metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True


# -- the project


def _project(program: dict[str, Any], place: Place) -> str:
    """A copy that dbt may write into."""
    directory, root = program.get("project_directory") or "", program.get("root") or ""
    copy = os.path.join(place.scratch("dbt"), "project")
    if directory.startswith("/"):
        workspace_files.copy_folder(directory, copy)
        return _checked(copy, directory)
    import shutil

    # All of the repository: packages of the project may lie beside it.
    files.beneath(root, directory)
    shutil.copytree(root, copy, symlinks=True, copy_function=shutil.copyfile)
    _make_writable(copy)
    return _checked(files.beneath(copy, directory), directory)


def _make_writable(copy: str) -> None:
    """The folders of a checkout are read-only, and so are their copies."""
    for folder, _, _ in os.walk(copy):
        os.chmod(folder, 0o700)


def _checked(folder: str, directory: str) -> str:
    if not os.path.isfile(os.path.join(folder, "dbt_project.yml")):
        raise FileNotFoundError(f"{directory or 'the repository'}: there is no dbt_project.yml")
    return folder


# -- the profile


def _profiles(program: dict[str, Any], place: Place, project: str) -> str:
    """The folder of profiles.yml: the task's, or one made for the cluster's Spark, or the project's own."""
    if directory := program.get("profiles_directory"):
        if directory.startswith("/"):
            copy = os.path.join(place.scratch("dbt"), "profiles")
            workspace_files.copy_folder(directory, copy)
            return copy
        return files.beneath(project, directory)
    own = os.path.isfile(os.path.join(project, _PROFILES))
    if _installed("dbt-spark") and (program.get("warehouse_id") or not own):
        return _profile_of_session(program, place, project)
    return project


def _profile_of_session(program: dict[str, Any], place: Place, project: str) -> str:
    import yaml

    with open(os.path.join(project, "dbt_project.yml"), encoding="utf-8") as file:
        described = yaml.safe_load(file)
    name = described.get("profile") if isinstance(described, dict) else None
    if program.get("catalog"):
        print(f"dbt_task.catalog is not used: dbt-spark knows none ({program['catalog']})", file=sys.stderr)
    output = {
        "type": "spark",
        "method": "session",
        "host": "NA",
        "schema": program.get("schema") or "default",
        "threads": 1,
        "server_side_parameters": _WITHOUT_HIVE,
    }
    profile = {str(name or "default"): {"target": "stoker", "outputs": {"stoker": output}}}
    folder = place.scratch("dbt-profiles")
    with open(os.path.join(folder, _PROFILES), "w", encoding="utf-8") as file:
        yaml.safe_dump(profile, file)
    return folder


def _uses_session(profiles: str) -> bool:
    try:
        with open(os.path.join(profiles, _PROFILES), encoding="utf-8") as file:
            return _SESSION.search(file.read()) is not None
    except FileNotFoundError:
        return False


def _with_session(place: Place) -> list[str]:
    """dbt in a process whose SparkSession is one of the cluster's driver."""
    door = os.path.join(place.scratch("dbt"), "door.json")
    answer = place.notebook_run.ask("spark")
    with open(door, "w", encoding="utf-8") as file:
        json.dump(answer, file)
    return [sys.executable, "-P", "-m", "stoker_kernel.programs.dbt_session", door]


# -- what is left


def _keep_artifacts(project: str, place: Place) -> None:
    """Packs what dbt has written for whoever reads the task's output."""
    import tarfile

    left = [name for name in _ARTIFACTS if os.path.isdir(os.path.join(project, name))]
    if not left:
        return
    path = f"dbfs:/databricks/dbt-artifacts/{place.run_id}.tar.gz"
    local = fs.local_path(path)
    os.makedirs(os.path.dirname(local), exist_ok=True)
    unfinished = f"{local}.unfinished"
    with tarfile.open(unfinished, "w:gz") as archive:
        for name in left:
            archive.add(os.path.join(project, name), name)
    os.replace(unfinished, local)
    place.details["dbt_output"] = {"artifacts": path}
