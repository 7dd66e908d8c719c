"""PDF: through Typst, which pip installs, or else through a TeX on the PATH; the same bytes from the same notes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from derive.errors import CannotJudge
from derive.notes.document import Document
from derive.outputs import latex, typst

SUFFIX = ".pdf"
COMMENT = "\n% {}"  # stands at the end of the file, where no offset counts it
SECONDS = 300
RUNS = 3  # page numbers settle in the second
BEYOND = re.compile("[\u0530-\u1cff\u2c00-\ufeff\U00010000-\U0010ffff]")  # what the fonts of the compiler do not draw
FIXED = {"SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1"}


def of_document(document: Document) -> bytes:
    """Notes as PDF."""
    return of_documents([document])


def of_documents(documents: Sequence[Document]) -> bytes:
    """Documents one after the other, links with the pages they lead to.

    Errors: `CannotJudge` where there is no compiler, or no font for the letters of the documents.
    """
    if find_spec("typst"):
        return from_typst(typst.of_documents(documents))
    return from_tex(latex.of_documents(documents), documents[0].language)


def from_typst(source: str) -> bytes:
    """The PDF of a text in Typst, with nothing looked up outside of this machine."""
    import typst as compiler

    fonts = compiler.Fonts(include_system_fonts=BEYOND.search(source) is not None)
    wanted = {*typst.SERIF, *typst.BOLD}
    if typst.EAST_ASIAN.search(source) and not wanted & set(fonts.families()):
        raise CannotJudge(
            "a PDF with Japanese letters needs a font that has them, and none of those known is installed",
            hint=f"Debian: apt install fonts-ipaexfont; known are {', '.join(sorted(wanted))}; or write -t html",
        )
    made = compiler.compile(source.encode(), font_paths=fonts, timestamp=0)
    assert isinstance(made, bytes)
    return made


def from_tex(source: str, language: str) -> bytes:
    """The PDF of a text in LaTeX, made by the engine that its language needs. Errors: `CannotJudge`."""
    engine, needed = latex.engine(language)
    if not _has(engine, needed):
        raise CannotJudge(f"a PDF needs Typst, or {engine} with {needed}: neither is here", hint="pip install typst")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "notes.tex").write_text(source, encoding="utf-8")
        command = [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "notes.tex"]
        for _ in range(RUNS):
            done = _run(command, folder)
            log = (folder / "notes.log").read_text(encoding="utf-8", errors="replace")
            if done.returncode or "Rerun to get" not in log:
                break
        if done.returncode:
            said = next((line for line in log.splitlines() if line.startswith("!")), "it did not say why")
            raise CannotJudge(f"{engine} could not compile the notes: {said}", hint="pip install typst")
        return (folder / "notes.pdf").read_bytes()


def _has(engine: str, needed: str) -> bool:
    if shutil.which(engine) is None or shutil.which("kpsewhich") is None:
        return False
    found = subprocess.run(["kpsewhich", needed], capture_output=True, stdin=subprocess.DEVNULL, timeout=SECONDS)
    return bool(found.stdout.strip())


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **FIXED},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
    )
