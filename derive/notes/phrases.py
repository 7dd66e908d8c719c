"""Every word of the notes that a reader sees, in one table per language; a language is added as one more row.

Places in braces are filled by the notes: formulas for most, see `derive.notes.notes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from derive.errors import UnknownName
from derive.ledger import Step
from derive.program import Role


@dataclass(frozen=True)
class Phrases:
    """The words of one language. ``reasons`` maps a rule to its reason; a rule not there keeps the ledger's own."""

    language: str
    title: str
    symbols: str
    symbol: str
    in_code: str
    shape: str
    meaning: str
    scalar: str
    roles: Mapping[Role, str]
    one_hot: str
    law_sum: str
    symmetric: str
    integer: str
    hyperparameter: str
    forward: str
    graph: str
    stop: str
    row_repeated: str
    column_repeated: str
    ones: str
    own_function: str
    backward: str
    given: str
    loss: str
    same_shape: str
    error_signal: str
    kronecker: str
    iverson: str
    share: str
    gradient_by: str
    forward_line: str
    local_derivative: str
    chain_rule: str
    through: str
    gradients_in: str
    equations_in: str
    in_matrix: str
    has_shape: str
    jacobian: str
    summary: str
    numbers: str
    name: str
    value: str
    gradient: str
    reasons: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def reason(self, step: Step) -> str:
        """Why the step holds."""
        return self.reasons.get(step.rule, step.reason)


ENGLISH = Phrases(
    language="en",
    title="{name}: forward and backward pass",
    symbols="Symbols",
    symbol="Symbol",
    in_code="In code",
    shape="Shape",
    meaning="Meaning",
    scalar="a number",
    roles=MappingProxyType(
        {
            "input": "input",
            "param": "parameter",
            "target": "target",
            "constant": "constant",
            "intermediate": "computed",
        }
    ),
    one_hot="one-hot over {axis}",
    law_sum="sums to {value} over {axis}",
    symmetric="symmetric",
    integer="whole numbers",
    hyperparameter="hyperparameter, default {value}",
    forward="Forward pass",
    graph="Computation graph",
    stop=".",
    row_repeated="Repeated in every row: ",
    column_repeated="Repeated in every column: ",
    ones="{sign} is a column of ones: a product with it sums over an axis.",
    own_function="The layer's own function:",
    backward="Backward pass",
    given="The upstream gradient {gradient} of some loss {loss}, of shape {shape}, is given.",
    loss="{loss} is the loss, so that {gradient} is 1.",
    same_shape="The gradient by a tensor has the shape of that tensor.",
    error_signal="{sign} stands for {gradient}.",
    kronecker="{sign} is 1 where both indices agree, else 0.",
    iverson="{sign} is 1 where the condition holds, else 0.",
    share="{operand} acts along {count} paths, whose shares add up; {share} is the share through {consumer}.",
    gradient_by="Gradient by {operand}",
    forward_line="forward",
    local_derivative="local derivative",
    chain_rule="chain rule: {operand} acts through {consumer}",
    through="Through {consumer}",
    gradients_in="put in the gradients found above",
    equations_in="put in the forward equations",
    in_matrix="in matrix notation",
    has_shape="{gradient} has the shape of {operand}: {shape}.",
    jacobian="{of} by {wrt}: every entry by every entry",
    summary="All gradients",
    numbers="With numbers",
    name="Name",
    value="Value",
    gradient="Gradient",
)

TABLE = {row.language: row for row in (ENGLISH,)}


def phrases(language: str) -> Phrases:
    """The words of a language."""
    if language not in TABLE:
        raise UnknownName(f"no language {language!r}", hint=f"there are {', '.join(TABLE)}")
    return TABLE[language]
