"""``relu'(0) = 1/2``: the slope chosen for a scalar function where it has none of its own.

One choice holds for the whole program, for the layers called too: what the text says comes before what they say.
That there is a kink, and that the choice lies between the slopes of both sides, is seen by difference quotients.
"""

from __future__ import annotations

from fractions import Fraction

from derive import scalar_functions
from derive.errors import CannotJudge, LayerTextError
from derive.expression import Expr
from derive.program import Kink, Program
from derive.reading.function_calls import called
from derive.reading.header import number_of
from derive.reading.reader import Reader
from derive.reading.source import Node, did_you_mean
from derive.reading.syntax import Syntax

BESIDE = Fraction(1, 10**30)
SAME = 1e-15  # slopes less far apart than this are those of a smooth function
JUMP = 1e15  # a quotient beyond this is that of a jump, or of a vertical tangent


def is_slope(statement: Node) -> bool:
    """Whether a statement says what the slope at a kink is."""
    return str(statement.children[0].children[0].data) == "slope_target"


def _function(statement: Node) -> str:
    return str(statement.children[0].children[0].children[0])


def choose(reader: Reader, statement: Node) -> None:
    """Read the statement into the draft. Errors: `LayerTextError` for a slope that makes no sense."""
    left, right, properties = statement.children[:3]
    target, draft = left.children[0], reader.scope.draft
    if len(left.children) > 1 or properties.children or len(statement.children) > 3:
        raise reader.fault("the slope at a kink stands alone", statement, "as in relu'(0) = 1/2")
    token, place = target.children
    name = str(token)
    own = draft.functions.get(name)
    if own is None and not scalar_functions.is_function(name):
        known = (*draft.functions, *scalar_functions.names())
        raise reader.fault(f"there is no scalar function {name} above", token, did_you_mean(name, known))
    if (len(own.parameters) if own else scalar_functions.arity(name)) != 1:
        raise reader.fault(f"{name} is no function of one number", token, "a slope is chosen for f(x) only")
    kink = Kink(name, number_of(reader, place), number_of(reader, right))
    if any((k.function, k.at) == (kink.function, kink.at) for k in draft.kinks):
        raise reader.fault(f"this slope of {name} is chosen twice", token)
    _check(reader, statement, kink)
    draft.kinks.append(kink)


def _check(reader: Reader, statement: Node, kink: Kink) -> None:
    """Refuse a point where there is no kink, and a slope that does not lie between those of both sides."""
    from derive.judging.evaluate import evaluate, function_value  # mpmath is slow to load, and seldom needed here
    from derive.judging.precision import lift, minus
    from derive.judging.world import World

    draft, what = reader.scope.draft, reader.scope.source.excerpt(statement.children[0], statement.children[0])
    program = Program("", (), (), tuple(draft.functions.values()))
    nowhere = World(program, {}, {})
    hyper = {h.name: evaluate(h.default, nowhere) for h in draft.hypers.values()}
    world = World(program, {}, {}, hyper)

    def value(expr: Expr, off: Fraction = Fraction(0)) -> object:
        return function_value(world, kink.function, (evaluate(expr, world) + off,))

    try:
        below, here, above = (value(kink.at, side) for side in (-BESIDE, Fraction(0), BESIDE))
        left, right = (lift(minus(*ends)) / lift(BESIDE) for ends in ((here, below), (above, here)))
        slope = lift(evaluate(kink.slope, world))
    except CannotJudge:
        raise reader.fault(
            f"{kink.function} has no values on both sides of this point", statement.children[0]
        ) from None
    low, high = sorted((left, right))
    if max(abs(low), abs(high)) > JUMP:
        raise reader.fault(f"{kink.function} jumps here, or is vertical: there is no slope to choose", statement)
    if high - low <= SAME:
        raise reader.fault(
            f"{kink.function} has no kink here: its slope is {_short(low)}", statement.children[0], "remove the line"
        )
    if not low - SAME <= slope <= high + SAME:
        raise reader.fault(
            f"{what} lies between the slopes of both sides, {_short(low)} and {_short(high)}",
            statement.children[1],
            "choose one of these, or a number between them",
        )


def _short(value: object) -> str:
    return f"{float(value):.6g}"  # type: ignore[arg-type]


def settle(reader: Reader, syntax: Syntax) -> None:
    """Take over what the layers called have chosen, unless the text says otherwise.

    Errors: `LayerTextError` where two of them differ, and for a choice that nothing needs.
    """
    draft = reader.scope.draft
    stated = {(k.function, k.at) for k in draft.kinks}
    needed = called(draft.equations, draft.functions.values())
    for kink in draft.kinks:
        if kink.function not in needed:
            line = next(s for s in syntax.equations if is_slope(s) and _function(s) == kink.function)
            raise reader.fault(f"{kink.function} is never called", line, "remove the line")
    for kink in draft.called_kinks:
        if (kink.function, kink.at) not in stated and kink not in draft.kinks:
            if any((k.function, k.at) == (kink.function, kink.at) for k in draft.kinks):
                raise _torn(reader, syntax, kink)
            draft.kinks.append(kink)


def _torn(reader: Reader, syntax: Syntax, kink: Kink) -> LayerTextError:
    return reader.fault(
        f"the layers called choose different slopes for {kink.function} at one kink",
        syntax.equations[-1],
        f"say which one holds: {kink.function}'({kink.at}) = {kink.slope}",
    )
