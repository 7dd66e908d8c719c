"""What a closed form may draw on at one point of the sweep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from derive.ledger import Gradient
from derive.program import Equation, Program


@dataclass(frozen=True)
class Surroundings:
    """The program, the equations nearby, and the gradients found so far, by cotangent name.

    ``spent`` names the gradients that nothing else will read: putting their formula in saves computing them.
    """

    program: Program
    definitions: tuple[Equation, ...]
    found: Mapping[str, Gradient]
    spent: frozenset[str]
