"""How a derivation is told: the reader's choices, checked once and handed down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from derive.errors import ChainruleError
from derive.expression import ONE, Access, Expr, cotangent_name
from derive.ledger import Derivation, Gradient
from derive.notes.phrases import Phrases, phrases
from derive.program import Program
from derive.rewriting import substitute

Notation = Literal["matrix", "index", "both"]
Detail = Literal["brief", "steps", "full"]


@dataclass(frozen=True)
class Telling:
    """A program, the tensor that is differentiated (None: a loss outside of it), and the reader's choices.

    ``gradients``: those of the derivation, by the name of their tensor.
    """

    program: Program
    loss: str | None
    notation: Notation
    detail: Detail
    words: Phrases
    gradients: Mapping[str, Gradient] = field(default_factory=dict)

    def shown(self, expr: Expr) -> Expr:
        """The expression without the gradient of the loss by itself, which is 1."""
        return expr if self.loss is None else substitute(expr, {Access(cotangent_name(self.loss)): ONE})


def telling(derivation: Derivation, notation: Notation, detail: Detail, language: str) -> Telling:
    """The choices, checked. Errors: `ChainruleError` for a value that does not exist."""
    _check("notation", notation, get_args(Notation))
    _check("detail", detail, get_args(Detail))
    return Telling(derivation.program, loss(derivation), notation, detail, phrases(language), derivation.gradients)


def loss(derivation: Derivation) -> str | None:
    """The tensor that is differentiated: the only output, where it is not seeded; None if the loss lies outside."""
    outputs = derivation.program.outputs
    return outputs[0] if len(outputs) == 1 and not derivation.seeds else None


def _check(option: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ChainruleError(f"{option} cannot be {value!r}", hint=f"choose one of {', '.join(choices)}")
