"""The real Quartz, and this project's reading of its expressions, both asked by lines (Oracle.java tells which)."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "quartz"
STOKER = ROOT / "build" / "release" / "tests" / "quartz_fires"

# 2.3 and not 2.5, whose new reading of W loses fires: of `0 0 10,14 15W * ?` the one at 10:00 when it is asked after
# 10:00 of a day before, and the one at 14:00 when the 15th is a Sunday.
QUARTZ = "2.3.2"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"

Ask = Callable[[list[str]], list[str]]


def asker(command: list[str]) -> Ask:
    def ask(questions: list[str]) -> list[str]:
        lines = "".join(question + "\n" for question in questions)
        done = subprocess.run(command, input=lines, capture_output=True, encoding="utf-8", check=True, timeout=240)
        answers = done.stdout.splitlines()
        assert len(answers) == len(questions)
        return answers

    return ask


@pytest.fixture(scope="session")
def quartz() -> Ask:
    jar = BUILD / f"quartz-{QUARTZ}.jar"
    if not jar.exists():
        artifact = f"-Dartifact=org.quartz-scheduler:quartz:{QUARTZ}"
        maven = ["mvn", "--batch-mode", "--quiet", COPY, artifact, f"-DoutputDirectory={BUILD}"]
        subprocess.run(maven, check=True, timeout=300, cwd=HERE)
    classes = BUILD / "classes"
    shutil.rmtree(classes, ignore_errors=True)
    compiler = ["javac", "-encoding", "UTF-8", "-d", str(classes), "-cp", str(jar), str(HERE / "Oracle.java")]
    subprocess.run(compiler, check=True, timeout=120)
    return asker(["java", "-Xshare:auto", "-cp", f"{classes}:{jar}", "Oracle"])


@pytest.fixture(scope="session")
def stoker() -> Ask:
    return asker([str(STOKER)])
