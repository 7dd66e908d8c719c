"""Notes with marked mistakes: ``python -m tests.verifying.marked [PART OF A NAME ...]`` says how they are judged.

A text of this folder's ``unseen`` holds many notes, each after a line ``### NAME``. A line with a mistake reads
``WRONG ⟪kind⟫ RIGHT``: the note as written has the first, its right twin the second. A notebook's cells begin with
``#cell md`` or ``#cell code``. The kind ``harmless`` marks a slip that does not change the value.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from derive.verifying.documents.reading import read_note
from derive.verifying.report import Finding, Report
from derive.verifying.verify import verify

FOLDER = Path(__file__).parent / "unseen"
MARK = re.compile(r"^(.*?) ?⟪([\w-]+)⟫ ?(.*)$")


@dataclass(frozen=True)
class Marked:
    """A note: its lines, and by number of line the kind of the mistake and the right line."""

    name: str
    wrong: tuple[str, ...]
    right: tuple[str, ...]
    mistakes: dict[int, str]


def notes(folder: Path = FOLDER) -> Iterator[Marked]:
    """All marked notes of the folder."""
    for path in sorted(folder.glob("*.txt")):
        for block in re.split(r"^### (?=\S+\.\w+$)", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
            name, _, body = block.partition("\n")
            wrong, right, mistakes = [], [], {}
            for number, line in enumerate(body.rstrip("\n").split("\n"), 1):
                found = MARK.match(line)
                wrong.append(found[1] if found else line)
                right.append(found[3] if found else line)
                if found:
                    mistakes[number] = found[2]
            yield Marked(name, tuple(wrong), tuple(right), mistakes)


def judge(name: str, lines: Sequence[str]) -> Report:
    """The report on the lines of a note."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        text = notebook(lines) if name.endswith(".ipynb") else "\n".join(lines) + "\n"
        path.write_text(text, encoding="utf-8")
        return verify(read_note(path))


def notebook(lines: Sequence[str]) -> str:
    """The lines as a Jupyter notebook."""
    cells: list[dict[str, object]] = []
    source: list[str] = []
    for line in lines:
        if line.startswith("#cell "):
            kind = "markdown" if line.endswith("md") else "code"
            source = []
            cells.append({"cell_type": kind, "metadata": {}, "source": source})
        else:
            source.append(line + "\n")
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def numbers(finding: Finding, lines: Sequence[str]) -> range:
    """The lines of the text that a finding speaks of."""
    start = 0
    if finding.place.cell:
        starts = [k for k, line in enumerate(lines, 1) if line.startswith("#cell ")]
        start = starts[finding.place.cell - 1]
    return range(start + finding.place.first, start + finding.place.last + 1)


def score(note: Marked) -> tuple[Counter[str], list[str]]:
    """The counts of a note and of its right twin, and what is to be said about them."""
    counts: Counter[str] = Counter()
    said: list[str] = []
    mistakes = {n: kind for n, kind in note.mistakes.items() if kind != "harmless"}
    report = judge(note.name, note.wrong)
    caught = set()
    for f in report.findings:
        here = [n for n in numbers(f, note.wrong) if n in mistakes]
        if f.verdict == "incorrect" and here:
            caught.add(here[0])
            mended = repaired(note, here[0], f)
            counts["repaired"] += mended
            said.append(f"{'mended' if mended else 'UNMENDED'} {here[0]} {f.error_class}: {f.fix[:150]}")
        elif f.verdict == "incorrect":
            counts["false alarms"] += 1
            said.append(f"FALSE {numbers(f, note.wrong)[0]}: {f.latex[:70]} {f.message[:90]}")
    for n in mistakes:
        if n not in caught:
            said.append(f"MISSED {n} {mistakes[n]}")
    counts.update({"notes": 1, "mistakes": len(mistakes), "found": len(caught)})
    twin = judge(note.name, note.right) if note.mistakes else report
    for f in twin.findings:
        counts["relations"] += 1
        counts[f.verdict] += 1
        place = numbers(f, note.right)[0]
        if f.verdict == "incorrect":
            said.append(f"FALSE in twin {place}: {f.latex[:70]} {f.message[:90]}")
            counts["false alarms in twins"] += 1
        if f.verdict == "cannot-judge":
            said.append(f"? {place}: {f.latex[:70]} | {f.message[:110]}")
    return counts, said


def repaired(note: Marked, line: int, finding: Finding) -> bool:
    """Whether the fix, put where the formula stands, makes the note right there."""
    text = "\n".join(note.wrong)
    latex = finding.latex.strip()
    places = [m.start() for m in re.finditer(re.escape(latex), text)]
    at = [p for p in places if text.count("\n", 0, p) <= line - 1 <= text.count("\n", 0, p + len(latex))]
    if not finding.fix or not at:
        return False
    fixed = text[: at[0]] + finding.fix + text[at[0] + len(latex) :]
    after = [f for f in judge(note.name, fixed.split("\n")).findings if line in numbers(f, note.wrong)]
    return any(f.verdict == "correct" for f in after) and all(f.verdict != "incorrect" for f in after)


def main(parts: Sequence[str]) -> None:
    """Print what is to be said about each note, then the sums."""
    sums: Counter[str] = Counter()
    for note in notes():
        if parts and not any(part in note.name for part in parts):
            continue
        begun = time.perf_counter()
        counts, said = score(note)
        sums.update(counts)
        print(f"{note.name} ({time.perf_counter() - begun:.1f} s)", *said, sep="\n   ", flush=True)
    print(", ".join(f"{name} {number}" for name, number in sums.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
