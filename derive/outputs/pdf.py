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

COMMENT = "% {}"
SECONDS = 300
RUNS = 3  # page numbers settle in the second
BEYOND = re.compile("[\u0530-\u1cff\u2c00-\ufeff\U00010000-\U0010ffff]")  # what the fonts of the compiler do not draw
ENGINES = (("lualatex", "jlreq.cls"), ("pdflatex", "article.cls"))  # with what they need, in the order of power
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
    return from_tex(latex.of_documents(documents), is_east_asian=documents[0].language in latex.EAST_ASIAN)


def from_typst(source: str) -> bytes:
    """The PDF of a text in Typst, with nothing looked up outside of this machine."""
    import typst as compiler

    beyond = BEYOND.search(source)
    if typst.EAST_ASIAN.search(source):
        there = set(compiler.Fonts().families())
        if not there & {*typst.SERIF, *typst.BOLD}:
            raise CannotJudge(
                "a PDF with Chinese or Japanese letters needs a font that has them, and there is none",
                hint="install one of "
                + ", ".join((*typst.SERIF, *typst.BOLD))
                + " (Debian: apt install fonts-ipaexfont), or write -t html",
            )
    made = compiler.compile(source.encode(), ignore_system_fonts=beyond is None, timestamp=0)
    assert isinstance(made, bytes)
    return made


def from_tex(source: str, *, is_east_asian: bool) -> bytes:
    """The PDF of a text in LaTeX."""
    engines = [name for name, needs in ENGINES if _has(name, needs) and (name == "lualatex" or not is_east_asian)]
    if not engines:
        wanted = "LuaLaTeX with jlreq" if is_east_asian else "a TeX"
        raise CannotJudge(f"a PDF needs Typst or {wanted}, and neither is here", hint="pip install typst")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "notes.tex").write_text(source, encoding="utf-8")
        command = [engines[-1], "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "notes.tex"]
        for _ in range(RUNS):
            done = _run(command, folder)
            log = (folder / "notes.log").read_text(encoding="utf-8", errors="replace")
            if done.returncode or "Rerun to get" not in log:
                break
        if done.returncode:
            said = next((line for line in log.splitlines() if line.startswith("!")), "it did not say why")
            raise CannotJudge(f"{engines[-1]} could not compile the notes: {said}", hint="pip install typst")
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
