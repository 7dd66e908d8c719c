"""How the notes beside this file are judged: ``python -m tests.verifying.score [PART OF A NAME ...]``.

A row for each note in which something is missed, called wrong without being so, or not judged; then the sums.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence

from derive.verifying.documents.reading import read_note
from derive.verifying.located import Place
from derive.verifying.verify import verify
from tests.verifying.test_notes import FOLDER, Row, rows


def lines(place: Place) -> str:
    """A place as the table of expectations writes it."""
    cell = f"{place.cell}:" if place.cell else ""
    return f"{cell}{place.first}{f'-{place.last}' if place.last > place.first else ''}"


def score(row: Row) -> tuple[Counter[str], str]:
    """The counts of one note, and a line about what is not as it should be ("" if all is)."""
    begun = time.perf_counter()
    report = verify(read_note(FOLDER / row.file))
    wrong = [lines(f.place) for f in report.findings if f.verdict == "incorrect"]
    unjudged = [f"{lines(f.place)} {f.message[:60]}" for f in report.findings if f.verdict == "cannot-judge"]
    false = [place for place in wrong if place != row.wrong]
    missed = row.kind != "right" and row.wrong not in wrong
    repaired = any(f.fix for f in report.findings if f.verdict == "incorrect" and lines(f.place) == row.wrong)
    counts = Counter(
        {
            "notes": 1,
            "relations": len(report.findings),
            "not judged": len(unjudged),
            "false alarms": len(false),
            "mistakes": row.kind != "right",
            "found": row.kind != "right" and not missed,
            "with a repair": repaired,
        }
    )
    shown = f"{'missed ' + row.wrong if missed else ''}"
    shown += f" false {', '.join(false)}" if false else ""
    shown += f" not judged: {'; '.join(unjudged[:3])}" if unjudged else ""
    seconds = time.perf_counter() - begun
    return counts, f"{row.file} ({row.kind}, {seconds:.1f} s) {shown.strip()}" if shown.strip() else ""


def main(parts: Sequence[str]) -> None:
    """Print the rows and the sums."""
    sums: Counter[str] = Counter()
    for row in rows():
        if parts and not any(part in row.file for part in parts):
            continue
        counts, shown = score(row)
        sums.update(counts)
        if shown:
            print(shown, flush=True)
    print(", ".join(f"{name} {number}" for name, number in sums.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
