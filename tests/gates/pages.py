"""What is on the pages of a PDF: the words and where they stand, and the fonts."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

WORD = re.compile(r'<word xMin="(\S+)" yMin="(\S+)" xMax="(\S+)" yMax="(\S+)">(.*)</word>')


@dataclass(frozen=True)
class Word:
    """A word on a page, with its edges in points from the upper left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float
    text: str


def missing() -> str | None:
    """Why pages cannot be made and looked at here; None if they can."""
    if find_spec("typst") is None:
        return "typst is not installed (pip install typst)"
    if shutil.which("pdftotext") is None:
        return "pdftotext is not installed (apt install poppler-utils)"
    import typst

    if not {"IPAexMincho", "IPAMincho", "Noto Serif CJK JP"} & set(typst.Fonts().families()):
        return "no Japanese font is installed (apt install fonts-ipaexfont)"
    return None


def words(pdf: bytes) -> list[Word]:
    """Every word of a PDF, in reading order."""
    found: list[Word] = []
    page = 0
    for line in _run(pdf, "pdftotext", "-bbox", ending=("-",)).splitlines():
        page += "<page " in line
        if word := WORD.search(line):
            found.append(Word(page, *map(float, word.groups()[:4]), word[5]))
    return found


def fonts(pdf: bytes) -> dict[str, bool]:
    """The fonts by name, and whether each is embedded."""
    lines = _run(pdf, "pdffonts").splitlines()
    embedded = lines[0].index("emb")
    return {line.split()[0].partition("+")[2]: line[embedded : embedded + 3] == "yes" for line in lines[2:]}


def _run(pdf: bytes, *command: str, ending: tuple[str, ...] = ()) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "looked-at.pdf"
        file.write_bytes(pdf)
        done = subprocess.run([*command, str(file), *ending], capture_output=True, check=True, timeout=120)
    return done.stdout.decode()
