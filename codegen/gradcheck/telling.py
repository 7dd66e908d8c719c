"""A report as text: the table, what is wrong and why, what is right instead, and what to know besides."""

from __future__ import annotations

from codegen.gradcheck.report import WITNESSES, Checked, Finding, Lesson, Report


def lines(report: Report) -> list[str]:
    """The report, line by line, for a terminal or for the message of a failed test."""
    verdict = "every check passed" if report.ok else "NOT RIGHT"
    told = [f"{report.layer}: {verdict} ({report.points} points, seed {report.seed})", ""]
    told += _table(report) if report.checked else []
    lessons = {lesson.gradient: lesson for lesson in report.lessons}
    for checked in report.checked:
        if not checked.ok:
            told += ["", *_failure(checked), *_lesson(lessons.pop(checked.title, None))]
    for finding in sorted(report.findings, key=lambda f: not f.grave):
        told += ["", *_finding(finding)]
    for lesson in lessons.values():
        told += ["", f"{lesson.gradient}:", *_lesson(lesson)]
    if report.notes:
        told += ["", *(f"note: {note}" for note in report.notes)]
    return told


def _table(report: Report) -> list[str]:
    """One row for each array, one column of relative errors for each witness that was heard."""
    heard = [w for w in WITNESSES if any(c.witness == w for r in report.checked for c in r.comparisons)]
    head = ("", "array", "shape", *heard, "worst entry", "code", "witness")
    rows = [head]
    for checked in report.checked:
        by_witness = {c.witness: c for c in checked.comparisons}
        errors = [f"{by_witness[w].error:.1e}" if w in by_witness else "–" for w in heard]
        worst = checked.worst
        entry = ("", "", "") if worst is None else (_index(worst.index), f"{worst.ours:.9g}", f"{worst.theirs:.9g}")
        rows.append(("✓" if checked.ok else "✗", checked.title, _shape(checked.shape), *errors, *entry))
    widths = [max(len(row[k]) for row in rows) for k in range(len(head))]
    return ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]


def _failure(checked: Checked) -> list[str]:
    worst = checked.worst
    told = [f"✗ {checked.title} {_shape(checked.shape)}: {checked.diagnosis or 'wrong'}"]
    if worst is not None and not worst.ok:
        place = f" at {_index(worst.index)}" if worst.index else ""
        told.append(
            f"  the code gives {worst.ours:.9g}{place}, the {worst.witness} {worst.theirs:.9g}:"
            f" relative error {worst.error:.1e}, tolerance {worst.tolerance:.1e}"
        )
    return [*told, f"  at {checked.point}"]


def _lesson(lesson: Lesson | None) -> list[str]:
    if lesson is None:
        return []
    told = [f"  {lesson.place}: {lesson.code}"] if lesson.code else []
    told += [f"  would be right as: {lesson.fix}"] if lesson.fix else []
    told += [f"  derived from the forward pass: {lesson.formula}, in NumPy"] if lesson.formula else []
    return told + [f"    {line}" for line in lesson.numpy.splitlines()]


def _finding(finding: Finding) -> list[str]:
    mark = "✗" if finding.grave else "⚠"
    return [f"{mark} {finding.rule}: {finding.message}", *([f"  at {finding.point}"] if finding.point else [])]


def _index(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
