"""The Python code in a file, block by block: cells of notebooks, fenced blocks, cells in the text of a notebook."""

from __future__ import annotations

import json
from collections.abc import Iterator

from derive.verifying.documents import markdown
from derive.verifying.documents.code_cells import CELL, code_cells
from derive.verifying.documents.stretches import blanked
from derive.verifying.located import Code


def code_of(text: str, ending: str) -> tuple[Code, ...]:
    """All code of a file with the place of its first line; the text of a notebook must be one (`notebook.cells`)."""
    if ending == ".ipynb":
        return tuple(_of_notebook(text))
    return tuple(_of_text(text)) if ending != ".tex" else ()


def _of_notebook(text: str) -> Iterator[Code]:
    document = json.loads(text)
    found = document["cells"] if "cells" in document else document["worksheets"][0]["cells"]
    for number, cell in enumerate(found, start=1):
        source = cell.get("source", cell.get("input", ""))
        if cell.get("cell_type") == "code" and isinstance(source, (str, list)):
            yield Code("".join(s for s in source if isinstance(s, str)), 1, number)


def _of_text(text: str) -> Iterator[Code]:
    fenced = list(markdown.fenced_code(text))
    ranges = [(start, end) for start, end, _ in fenced]
    found = [(start, end) for start, end, python in fenced if python]
    if CELL.search(text):
        for start, end in code_cells(blanked(text, ranges)):
            below = text.find("\n", start, end)
            if below >= 0:
                found.append((below + 1, end))
    for start, end in sorted(found):
        yield Code(text[start:end], text.count("\n", 0, start) + 1)
