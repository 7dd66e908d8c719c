"""What is told about a note: a verdict on every relation with its place, and the symbols as they were understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from derive.verifying.located import Place

Verdict = Literal["definition", "correct", "incorrect", "update-rule", "cannot-judge"]


@dataclass(frozen=True)
class Finding:
    """The verdict on one relation (or on a formula without one), with reasons and a repair where it is wrong."""

    place: Place
    latex: str
    verdict: Verdict
    relation: int = 1
    gradient_of: str = ""
    error_class: str = ""
    message: str = ""
    fix: str = ""
    proved: str = ""
    reading: str = ""
    example: str = ""

    def as_json(self) -> dict[str, object]:
        """The finding in the published schema; what is empty is null."""
        words = ("gradient_of", "error_class", "message", "fix", "example", "proved", "reading")
        return {
            "line_start": self.place.first,
            "line_end": self.place.last,
            "cell": self.place.cell,
            "latex": self.latex,
            "verdict": self.verdict,
            "relation": self.relation,
            **{w: getattr(self, w) or None for w in words},
        }


@dataclass(frozen=True)
class Report:
    """All findings of one note, the convention found, the symbols with their axes, and what the note leaves out."""

    file: str
    convention: str
    symbols: Mapping[str, tuple[str, ...]]
    findings: tuple[Finding, ...]
    missing: tuple[str, ...] = ()
    requests: tuple[str, ...] = field(default=())

    @property
    def counts(self) -> Counter[str]:
        """How many findings there are of each verdict."""
        return Counter(f.verdict for f in self.findings)

    @property
    def exit_code(self) -> int:
        """0 all right, 1 something incorrect, 3 nothing incorrect but something that could not be judged."""
        if self.counts["incorrect"]:
            return 1
        return 3 if self.counts["cannot-judge"] else 0

    def as_json(self) -> dict[str, object]:
        """The report in the published schema."""
        return {
            "file": self.file,
            "convention": self.convention,
            "symbols": {name: list(axes) for name, axes in self.symbols.items()},
            "steps": [f.as_json() for f in self.findings],
        }
