"""What a check found: each value and gradient with its worst entry, and how the code behaved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

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
    """A fault of behaviour: ``rule`` names the law that is broken, ``message`` says how.

    One that is not ``grave`` is advice: the gradients are right, but not for every use.
    """

    rule: str
    message: str
    point: str = ""
    grave: bool = True


@dataclass(frozen=True)
class Note:
    """Something to know that is no fault: a witness that could not be heard, a kink that could not be met."""

    text: str


@dataclass(frozen=True)
class Lesson:
    """What is right instead of a wrong gradient.

    ``place``, ``code`` and ``fix``: the line at fault, and how it would be right, "" if that was not found;
    ``formula``, ``latex`` and ``numpy``: the gradient derived from the forward pass, in index notation, in matrix
    notation and as code, "" if that pass cannot be read.
    """

    gradient: str
    place: str = ""
    code: str = ""
    fix: str = ""
    formula: str = ""
    latex: str = ""
    numpy: str = ""


@dataclass(frozen=True)
class Report:
    """Everything that was checked about one layer at ``points`` points, drawn from ``seed``."""

    layer: str
    seed: int
    points: int
    checked: tuple[Checked, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    lessons: tuple[Lesson, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything agrees and nothing grave was found."""
        return not any(f.grave for f in self.findings) and all(c.ok for c in self.checked)

    def __str__(self) -> str:
        from codegen.gradcheck.telling import lines  # the printer stands on a higher floor

        return "\n".join(lines(self))

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


def from_content(content: Mapping[str, Any]) -> Report:
    """The report that `Report.to_json` wrote."""
    checked = tuple(
        Checked(
            row["kind"],
            row["name"],
            tuple(row["shape"]),
            row["point"],
            tuple(_comparison(c) for c in row["comparisons"]),
            row["diagnosis"],
        )
        for row in content["checked"]
    )
    findings = tuple(Finding(**f) for f in content["findings"])
    lessons = tuple(Lesson(**lesson) for lesson in content["lessons"])
    return Report(
        content["layer"], content["seed"], content["points"], checked, findings, tuple(content["notes"]), lessons
    )


def _comparison(row: Mapping[str, Any]) -> Comparison:
    numbers = [float(row[k]) for k in ("ours", "theirs", "error", "tolerance")]
    return Comparison(row["witness"], tuple(row["index"]), *numbers)
