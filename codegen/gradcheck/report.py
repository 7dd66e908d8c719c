"""What a check found: each value and gradient with its worst entry, and how the code behaved."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

Witness = Literal["complex step", "central differences", "derivation"]
Kind = Literal["value", "gradient"]
WITNESSES: tuple[Witness, ...] = ("complex step", "central differences", "derivation")


@dataclass(frozen=True)
class Comparison:
    """One array of the code against one witness, at its worst entry; ``error`` is relative to the largest entry."""

    witness: Witness
    index: tuple[int, ...]
    ours: float
    theirs: float
    error: float
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether the error is within what the witness can tell."""
        return self.error <= self.tolerance  # false for a nan

    @property
    def excess(self) -> float:
        """How many times the tolerance the error is."""
        return self.error / self.tolerance if self.error == self.error else float("inf")


@dataclass(frozen=True)
class Checked:
    """An output or a gradient: the worst of all points for each witness, and what the mistake looks like."""

    kind: Kind
    name: str
    shape: tuple[int, ...]
    point: str
    comparisons: tuple[Comparison, ...]
    diagnosis: str = ""

    @property
    def title(self) -> str:
        """``dW`` for the gradient by W."""
        return f"d{self.name}" if self.kind == "gradient" else self.name

    @property
    def ok(self) -> bool:
        """Whether every witness agrees."""
        return not self.diagnosis and all(c.ok for c in self.comparisons)

    @property
    def excess(self) -> float:
        """How many times its tolerance the worst comparison is off."""
        return max((c.excess for c in self.comparisons), default=0.0)

    @property
    def worst(self) -> Comparison | None:
        """The comparison that is furthest beyond its tolerance."""
        return max(self.comparisons, key=lambda c: c.excess, default=None)


@dataclass(frozen=True)
class Finding:
    """A fault of behaviour: ``rule`` names the law that is broken, ``message`` says how."""

    rule: str
    message: str
    point: str = ""


@dataclass(frozen=True)
class Note:
    """Something to know that is no fault: a witness that could not be heard, a kink that could not be met."""

    text: str


@dataclass(frozen=True)
class Report:
    """Everything that was checked about one layer at ``points`` points, drawn from ``seed``."""

    layer: str
    seed: int
    points: int
    checked: tuple[Checked, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether everything agrees and nothing was found."""
        return not self.findings and all(c.ok for c in self.checked)

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    def to_json(self) -> str:
        """The report as JSON, ``schema_version`` 1; numbers that JSON lacks are strings."""
        content = {"schema_version": 1, "ok": self.ok, **asdict(self)}
        for row, checked in zip(content["checked"], self.checked, strict=True):
            row |= {"ok": checked.ok, "title": checked.title}
        return json.dumps(_finite(content), indent=2, ensure_ascii=False, allow_nan=False)


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):
        return str(value)
    return value


def _lines(report: Report) -> list[str]:
    verdict = "every check passed" if report.ok else "NOT RIGHT"
    lines = [f"{report.layer}: {verdict} ({report.points} points, seed {report.seed})", ""]
    lines += _table(report)
    for checked in report.checked:
        if not checked.ok:
            lines += ["", *_failure(checked)]
    for finding in report.findings:
        lines += ["", f"✗ {finding.rule}: {finding.message}"]
        if finding.point:
            lines.append(f"  at {finding.point}")
    if report.notes:
        lines += ["", *(f"note: {note}" for note in report.notes)]
    return lines


def _table(report: Report) -> list[str]:
    """One row for each array, one column of relative errors for each witness."""
    head = ("", "array", "shape", *WITNESSES, "worst entry", "code", "witness")
    rows = [head]
    for checked in report.checked:
        by_witness = {c.witness: c for c in checked.comparisons}
        errors = [f"{by_witness[w].error:.1e}" if w in by_witness else "–" for w in WITNESSES]
        worst = checked.worst
        entry = ("", "", "") if worst is None else (_index(worst.index), f"{worst.ours:.9g}", f"{worst.theirs:.9g}")
        rows.append(("✓" if checked.ok else "✗", checked.title, _shape(checked.shape), *errors, *entry))
    widths = [max(len(row[k]) for row in rows) for k in range(len(head))]
    return ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]


def _failure(checked: Checked) -> list[str]:
    worst = checked.worst
    lines = [f"✗ {checked.title} {_shape(checked.shape)}: {checked.diagnosis or 'wrong'}"]
    if worst is not None and not worst.ok:
        place = f" at {_index(worst.index)}" if worst.index else ""
        lines.append(
            f"  the code gives {worst.ours:.9g}{place}, the {worst.witness} {worst.theirs:.9g}:"
            f" relative error {worst.error:.1e}, tolerance {worst.tolerance:.1e}"
        )
    return [*lines, f"  at {checked.point}"]


def _index(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
