"""Does real LaTeX compile a document, and does every line fit on the page?"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SECONDS = 600
RUNS = 3  # one, and two more where labels have to settle

# TeX draws on after these, with the glyph or the number left out of the page: a flaw that only a reader would see.
SILENT_LOSSES = re.compile(r"^(Missing character: .*|LaTeX Warning: There were undefined references.*)$", re.MULTILINE)
OVERFULL = re.compile(r"^Overfull \\hbox .*$", re.MULTILINE)
# With -halt-on-error the first complaint is the last: it runs from `file:line:` to TeX's closing statistics.
ERROR = re.compile(r"^(?:! |\S+:\d+: ).*?(?=^Here is how much)", re.MULTILINE | re.DOTALL)


class TexError(Exception):
    """A document that LaTeX refuses or draws with something missing; the message is what the log says about it."""


@dataclass(frozen=True)
class Compiled:
    """A document that compiled: the PDF, the whole log, and the log's line for each box wider than the page."""

    pdf: Path
    log: str
    overfull: list[str]


def missing(engine: str = "pdflatex") -> str | None:
    """Why this gate cannot run here, and what to do; None if it can."""
    if shutil.which(engine) is None:
        return f"{engine} is not installed (Debian: apt-get install texlive-latex-recommended)"
    return None


def missing_japanese() -> str | None:
    """Why Japanese documents cannot be compiled here; None if they can."""
    for engine in ("lualatex", "uplatex"):
        if shutil.which(engine) is None:
            return f"{engine} is not installed (Debian: apt-get install texlive-luatex texlive-lang-japanese)"
    found = subprocess.run(["kpsewhich", "ltjsarticle.cls"], capture_output=True, timeout=SECONDS).stdout
    return None if found else "luatexja is not installed (Debian: apt-get install texlive-lang-japanese)"


def compile(source: str, folder: Path, engine: str = "pdflatex") -> Compiled:
    """Write `source` to folder/document.tex and compile it; a `TexError` tells what was wrong."""
    (folder / "document.tex").write_text(source, encoding="utf-8")
    for _ in range(RUNS):
        log = _run(engine, folder)
        if "Rerun to get" not in log:
            break
    losses = SILENT_LOSSES.findall(log)
    if losses:
        raise TexError("\n".join(losses))
    return Compiled(folder / "document.pdf", log, OVERFULL.findall(log))


def _run(engine: str, folder: Path) -> str:
    """One run of the engine; the log, with its lines unwrapped."""
    options = ["-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "-file-line-error"]
    try:
        tex = subprocess.run(
            [engine, *options, "document.tex"],
            cwd=folder,
            env={**os.environ, "max_print_line": "1000"},  # otherwise TeX breaks its messages at 79 columns
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise TexError(f"{engine} did not finish within {SECONDS} s") from None
    log = (folder / "document.log").read_text(encoding="utf-8", errors="replace")
    if tex.returncode:
        error = ERROR.search(log)
        raise TexError(error.group().rstrip() if error else log[-2000:])
    return log
