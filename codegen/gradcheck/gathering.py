"""What was found at all points, made one report: per array the first failure, else the least exact comparison."""

from __future__ import annotations

from collections.abc import Iterable

from codegen.gradcheck.report import Checked, Finding, Note, Report

Found = Checked | Finding | Note


def gathered(name: str, seed: int, found: Iterable[Found], points: int) -> Report:
    """Per array the first failure, else the least exact of the points with most witnesses; of all else, the first."""
    checked: dict[tuple[str, str], Checked] = {}
    findings: dict[tuple[str, str], Finding] = {}
    notes: dict[Note, None] = {}
    for here in found:
        match here:
            case Checked(kind, title):
                before = checked.setdefault((kind, title), here)
                if before.ok and (not here.ok or _telling(here) > _telling(before)):
                    checked[kind, title] = here
            case Finding(rule, message):
                findings.setdefault((rule, message), here)
            case Note():
                notes.setdefault(here)
    return Report(name, seed, points, tuple(checked.values()), tuple(findings.values()), tuple(n.text for n in notes))


def _telling(checked: Checked) -> tuple[int, float]:
    return len(checked.comparisons), checked.excess
