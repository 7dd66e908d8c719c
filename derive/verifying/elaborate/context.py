"""What a formula is read against: the lexicon, the functions and gradients that have names, how much is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from derive.program import Function
from derive.verifying.elaborate.lexicon import Lexicon
from derive.verifying.elaborate.shapes import Axes, Shapes
from derive.verifying.elaborate.values import Readings
from derive.verifying.formula import Node


class Unclear(Exception):
    """What cannot be understood at all: the reason, in words for the writer."""

    def __init__(self, reason: str, node: Node | None = None) -> None:
        super().__init__(reason)
        self.reason, self.node = reason, node


@dataclass(frozen=True)
class Slope:
    """A derivative that has a name: of a tensor by a tensor, perhaps times the number of samples (``times``)."""

    of: str
    by: str
    times: str = ""


@dataclass(frozen=True)
class Context:
    """What stays the same while one formula is read.

    ``ranks`` are the numbers of axes that a symbol of unknown shape may have, the likeliest first. ``open`` says
    whether such a symbol may be met at all; in a claim it may not. ``gradients`` are names of derivatives (δ, dW).
    ``sizes`` are the symbols that sums run to. ``flows`` are the tensors that the note differentiates by, ``least``
    the sizes of axes whose entries have numbers. ``plain``: arrays side by side are not multiplied entry by entry.
    ``loss`` is what a bare gradient differentiates. ``elementwise`` tells whether a tensor is computed from another
    entry by entry.
    """

    lexicon: Lexicon
    functions: Mapping[str, Function] = field(default_factory=dict)
    gradients: Mapping[str, Slope] = field(default_factory=dict)
    ranks: Callable[[str], tuple[int, ...]] = lambda name: (0, 1, 2)
    open: bool = True
    plain: bool = False
    loss: str = "L"
    patterns: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    bars: bool = False
    generic: frozenset[str] = frozenset()
    hypers: frozenset[str] = frozenset()
    losses: frozenset[str] = frozenset()
    sizes: frozenset[str] = frozenset()
    elementwise: Callable[[str, str], bool] = lambda of, by: False
    flows: frozenset[str] = frozenset()
    least: Mapping[str, int] = field(default_factory=dict)
    local: frozenset[tuple[str, str]] = frozenset()
    read: Callable[[Node, Context, Shapes], Readings] = field(repr=False, default=lambda n, c, s: iter(()))


def named_slope(name: str, context: Context, shapes: Shapes) -> Slope | None:
    """The derivative that a name stands for: one that the note gave it, ``dW`` beside ``W``, ``\\bar W`` by custom."""
    if name in shapes.symbols:
        return None
    if name in context.gradients:
        return context.gradients[name]
    if len(name) > 1 and name[0] == "d" and name[1:] in shapes.symbols:
        from_outside = f"{name[1:]}#out"
        return Slope(context.loss, from_outside if from_outside in shapes.symbols else name[1:])
    for start, (of, by) in context.patterns.items():
        target = by + name.removeprefix(start)
        if name.startswith(start) and target in shapes.symbols:
            return Slope(of, target)
    base = name.replace("bar", "", 1)
    if context.bars and "bar" in name and base in shapes.symbols:
        return Slope(context.loss, base)
    return None


def slope_name(of: str, by: str, local: bool = False) -> str:
    """The name of the tensor that holds the derivatives of each entry of one tensor by each of another."""
    return f"d[{of},{by}{'|local' if local else ''}]"


def shaped(name: str, context: Context, shapes: Shapes) -> Iterator[tuple[Axes, Shapes]]:
    """The shape of a symbol: the known one, or each that it may have."""
    if name in shapes.symbols:
        yield shapes.symbols[name], shapes
        return
    if not context.open:
        raise Unclear(f"nothing says what {name} is")
    for rank in context.ranks(name):
        axes, state = shapes.fresh(rank)
        yield axes, state.with_symbol(name, axes)
