"""Prints the summary of a test run: `summarize.py FOLDER` reads FOLDER/*.xml (JUnit), one file per suite.

What ctest reports is one entry per executable; where FOLDER/<suite>/<executable>.xml holds GoogleTest's own report, its
cases count instead. A report that is missing, empty or broken counts as one failure. Exit status 1 when anything failed.
"""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ORDER = ["structure", "unit", "pg", "integration", "quartz", "kernel", "e2e", "clients"]


def outcome(case: ElementTree.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
        return "failed"
    if case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
        return "skipped"
    return "passed"


def cases_of(report: Path) -> list[ElementTree.Element]:
    try:
        return list(ElementTree.parse(report).iter("testcase"))
    except (ElementTree.ParseError, FileNotFoundError):
        return []


def name(case: ElementTree.Element) -> str:
    return f"{case.get('classname') or ''}::{case.get('name')}".removeprefix("::")


def expanded(suite: Path, case: ElementTree.Element) -> list[ElementTree.Element]:
    """The GoogleTest cases of an executable that ctest ran; itself where it ended without saying which case failed."""
    cases = cases_of(suite.with_suffix("") / f"{case.get('name')}.xml")
    if outcome(case) == "failed" and not any(outcome(inner) == "failed" for inner in cases):
        return [*cases, case]
    return cases or [case]


def read(report: Path) -> tuple[dict[str, int], float, list[str]]:
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    cases = [inner for case in cases_of(report) for inner in expanded(report, case)]
    if not cases:
        return counts | {"failed": 1}, 0.0, ["left no report: see its output above"]
    seconds, failed = 0.0, []
    for case in cases:
        counts[outcome(case)] += 1
        seconds += float(case.get("time") or 0)
        if outcome(case) == "failed":
            failed.append(name(case))
    return counts, seconds, failed


def main() -> int:
    def place(report: Path) -> tuple[int, str]:
        label = report.stem.split("-")[0]
        return (ORDER.index(label) if label in ORDER else len(ORDER), report.stem)

    total = {"passed": 0, "failed": 0, "skipped": 0}
    failures: list[str] = []
    print(f"\n{'suite':<18}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}")
    for report in sorted(Path(sys.argv[1]).glob("*.xml"), key=place):
        counts, seconds, failed = read(report)
        for kind, count in counts.items():
            total[kind] += count
        failures += [f"{report.stem}: {what}" for what in failed]
        print(f"{report.stem:<18}{counts['passed']:>8}{counts['failed']:>8}{counts['skipped']:>9}{seconds:>9.0f}")
    if failures:
        print("\nfailed:\n" + "\n".join(f"  {failure}" for failure in failures))
    print(f"\n{total['passed']} passed, {total['failed']} failed")
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
