"""A copy of a note with the verdicts beside the formulas: quotations in Markdown, comments in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Mapping

from derive.errors import ChainruleError
from derive.verifying.located import Note
from derive.verifying.report import Finding, Report

SIGNS = {"correct": "✓", "incorrect": "✗", "definition": "≔", "update-rule": "←", "cannot-judge": "?"}
CLOSING = re.compile(r"\$\$|\\end\{|\\\]")


def annotated(note: Note, report: Report) -> str:
    """The text of the note with a remark behind each display that has a verdict other than a definition.

    Raises `ChainruleError` for a notebook, whose cells are no lines of text.
    """
    if any(u.cell is not None for u in note.units):
        raise ChainruleError("a notebook cannot be annotated", hint="save it as Markdown first")
    lines = note.units[0].text.split("\n")
    ends = {f.place.first: _end(lines, f.place.last, f.display is not None) for f in note.formulas}
    remarks: dict[int, list[Finding]] = {}
    for finding in report.findings:
        if finding.verdict != "definition":
            remarks.setdefault(ends.get(finding.place.first) or _cell_end(note, finding), []).append(finding)
    mark = "% " if note.file.endswith(".tex") else "> "
    return "\n".join(_with_remarks(lines, remarks, mark))


def _cell_end(note: Note, finding: Finding) -> int:
    """The line behind the code that a finding speaks of, and behind the mark that closes it."""
    ends = (c.line + c.text.rstrip("\n").count("\n") + c.text.endswith("\n") for c in note.code)
    return next((end for end in ends if end >= finding.place.first), finding.place.last)


def _end(lines: list[str], last: int, display: bool) -> int:
    """The line behind which a remark may stand: where the display is closed."""
    if not display:
        return last
    for number in range(last, min(last + 200, len(lines)) + 1):
        if CLOSING.search(lines[number - 1]) and (number > last or not lines[number - 1].lstrip().startswith("$$")):
            following = lines[number].strip() if number < len(lines) else ""
            return number + 1 if following in ("$$", r"\]") else number
    return last


def _with_remarks(lines: list[str], remarks: Mapping[int, list[Finding]], mark: str) -> list[str]:
    made: list[str] = []
    for number, line in enumerate(lines, 1):
        made.append(line)
        found = remarks.get(number, [])
        if found and mark == "> ":
            made.append("")
        for finding in found:
            made += [mark + text for text in _told(finding)]
            if mark == "> ":
                made.append(">")
        if found and mark == "> ":
            made[-1] = ""
    return made


def _told(finding: Finding) -> list[str]:
    head = f"{SIGNS[finding.verdict]} line {finding.place.first}: {finding.verdict}"
    told = [f"{head}. {finding.message}" if finding.message else head]
    if finding.fix:
        told.append(f"write ${finding.fix}$")
    return [" ".join(t.split()) for t in told]
