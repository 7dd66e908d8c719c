"""How an error looks to a user: a text with ``¦`` where the caret must stand."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from derive.errors import ChainruleError
from derive.reading import parse

MARK = "¦"


def refused(marked: str, message: str, read: Callable[[str], object] = parse) -> ChainruleError:
    """Read the text without its mark; the error must say ``message`` (a pattern) with its caret at the mark."""
    text = marked.replace(MARK, "")
    with pytest.raises(ChainruleError, match=message) as caught:
        read(text)
    fault, before = caught.value, marked[: marked.index(MARK)]
    place = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert (fault.line, fault.column) == place, str(fault)
    caret = re.search(r"\n +\| ( *)\^", str(fault))
    assert caret, str(fault)
    return fault
