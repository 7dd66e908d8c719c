"""What the user's own code raised, in one line: the error, and the last of his lines that it came through."""

from __future__ import annotations

import traceback
from pathlib import Path

OURS = str(Path(__file__).parents[2])
LONGEST = 300


def told(error: BaseException) -> str:
    """``ValueError: shapes (5,4) and (5,3) not aligned (layers.py:41: W.grad_ = Z.grad_ @ A)``."""
    words = " ".join(str(error).split())[:LONGEST]
    name = type(error).__name__
    return f"{name}: {words}{place(error)}" if words else f"{name}{place(error)}"


def place(error: BaseException) -> str:
    """The last line of the user's code on the way to the error, in brackets; nothing if there was none."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if _is_users(f.filename)]
    if not frames:
        return ""
    last = frames[-1]
    line = f": {last.line}" if last.line else ""
    return f" ({Path(last.filename).name}:{last.lineno}{line})"


def _is_users(filename: str) -> bool:
    if filename.startswith(OURS):
        return False
    return "site-packages" not in filename and "/lib/python" not in filename and not filename.startswith("<")
