"""Jupyter: ``%load_ext derive.jupyter``, then a cell that begins with ``%%layer`` is a layer, and shows its derivation.

    %%layer --wrt W,b --profile d --language ja
    X: input [N, D]; W: param [D, H]; b: param [H]
    Y = tanh(X @ W + b)

The derivation is also kept under the name ``layer``, or the one that ``--name`` gives.
"""

from __future__ import annotations

import shlex
from typing import Any, Protocol

from derive.calculus.chain_rule import derive
from derive.errors import ChainruleError
from derive.notes.notes import notes
from derive.outputs.markdown import of_document
from derive.reading import parse

OPTIONS = ("name", "wrt", "notation", "detail", "profile", "language", "exercise")
KEPT = "layer"


class Shell(Protocol):
    """What is needed of IPython."""

    user_ns: dict[str, Any]

    def register_magic_function(self, func: Any, magic_kind: str, magic_name: str) -> None:
        """Make a function a magic."""
        ...


class Shown:
    """Notes that Jupyter shows as Markdown."""

    def __init__(self, markdown: str) -> None:
        self.markdown = markdown

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return self.markdown


def load_ipython_extension(shell: Shell) -> None:
    """Called by ``%load_ext derive.jupyter``."""

    def layer(line: str, cell: str) -> Shown:
        """Derive the layer that the cell states."""
        chosen = options(line)
        names = [n.strip() for n in chosen.pop("wrt", "").split(",") if n.strip()] or None
        kept = chosen.pop("name", KEPT)
        derivation = derive(parse(cell), names)
        shell.user_ns[kept] = derivation
        return Shown(of_document(notes(derivation, **chosen)))  # type: ignore[arg-type]

    shell.register_magic_function(layer, "cell", "layer")


def options(line: str) -> dict[str, str]:
    """``--profile d --wrt W,b`` by name.

    >>> options("--profile d --wrt W,b")
    {'profile': 'd', 'wrt': 'W,b'}
    """
    words = shlex.split(line)
    found: dict[str, str] = {}
    for option, value in zip(words[::2], [*words[1::2], None], strict=False):
        if option.removeprefix("--") not in OPTIONS or value is None:
            known = ", ".join("--" + o for o in OPTIONS)
            raise ChainruleError(
                f"%%layer cannot take {option!r}",
                hint=f"it takes {known}, each with a value",
            )
        found[option.removeprefix("--")] = value
    return found
