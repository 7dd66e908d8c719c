"""Jupyter notebooks: the text of each cell of prose, with the cell's number; code is not looked at."""

from __future__ import annotations

import json

from derive.errors import ChainruleError


def cells(text: str, file: str) -> list[tuple[int, str]]:
    """Number (from 1, all cells counted) and text of each cell of prose; raises `ChainruleError` for anything else."""
    try:
        document = json.loads(text)
        found = document["cells"] if "cells" in document else document["worksheets"][0]["cells"]
        return [
            (number, _joined(cell.get("source", "")))
            for number, cell in enumerate(found, start=1)
            if cell.get("cell_type") in ("markdown", "heading", "raw")
        ]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise ChainruleError(
            f"{file} is not a Jupyter notebook: {type(error).__name__}",
            hint="a notebook is JSON with a list of cells; open it in Jupyter and save it again",
        ) from None


def _joined(source: object) -> str:
    if isinstance(source, str):
        return source
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    raise TypeError("the source of a cell")
