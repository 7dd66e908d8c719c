"""Every kind of expression, by the module that says what it means."""

from __future__ import annotations

from derive.reading import array_notation, function_calls, index_notation
from derive.reading.reader import Layers, Reader
from derive.reading.scope import Scope

MEANINGS = {**array_notation.MEANINGS, **index_notation.MEANINGS, **function_calls.MEANINGS}


def reader_in(scope: Scope, layers: Layers) -> Reader:
    """The reader of expressions in a scope, from where these layers can be called."""
    return Reader(scope, layers, MEANINGS)
