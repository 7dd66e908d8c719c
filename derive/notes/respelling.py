r"""A reader's own spelling for the tensors of a program, ``W1`` as ``\bm{W}_1``, checked as in a layer's text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from derive.errors import ChainruleError
from derive.program import Program
from derive.reading.spelling import fault


def respelled(program: Program, spell: Mapping[str, str]) -> Program:
    """The program with LaTeX for tensors by name. Errors: `ChainruleError` for a name or spelling that will not do."""
    for name, latex in spell.items():
        program.tensor(name)
        if problem := fault(latex):
            raise ChainruleError(f"{name} cannot be spelled {latex!r}: {problem}", hint=r"such as W1=\bm{W}_{1}")
    tensors = tuple(replace(t, latex=spell.get(t.name, t.latex)) for t in program.tensors)
    return replace(program, tensors=tensors)
