"""One gradient as displayed lines: each path with its local derivative, chain rule and rewrites, then their sum."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derive.calculus.matrix_form import matrix_form
from derive.calculus.rules import has_delta, reason, take_local_derivative
from derive.expression import Expr
from derive.ledger import Gradient, Step, Vjp
from derive.matrix import Whole
from derive.notes.document import (
    Block,
    Display,
    Formula,
    Line,
    Maths,
    Paragraph,
    Shape,
    Share,
    Text,
    Words,
    name,
    sentence,
)
from derive.notes.forward_lines import equation_lines, repetition_notes
from derive.notes.latex_index import without_sign
from derive.notes.path_steps import local_steps, steps_from_local
from derive.notes.scalar_lines import closing_lines, written_out
from derive.notes.telling import Telling


def gradient_blocks(gradient: Gradient, tell: Telling) -> Iterator[Block]:
    """The section of one gradient, without its heading."""
    if gradient.tensor.axes:
        shape, of = Maths(Shape(gradient.tensor.axes)), Maths(whole(gradient))
        yield Paragraph(sentence(tell.words.has_shape, gradient=of, operand=name(gradient.name), shape=shape))
    if tell.detail == "brief" or not gradient.contributions:
        yield Display(tuple(_result_lines(gradient, tell)))
    elif len(gradient.contributions) == 1:
        yield Display(tuple(_single_path(gradient, tell)))
    else:
        yield from _several_paths(gradient, tell)
    if gradient.matrix is not None and tell.notation != "index":
        yield from repetition_notes([gradient.matrix], tell.words)


def whole(gradient: Gradient) -> Whole:
    """The gradient as a whole, without indices."""
    return Whole(None, None, gradient.left.tensor)


def result_line(gradient: Gradient, tell: Telling) -> Line:
    """The gradient on one line, in matrix notation where there is one, with its shape."""
    shape = Shape(gradient.tensor.axes) if gradient.tensor.axes else None
    if gradient.matrix is not None and tell.notation != "index":
        return Line(whole(gradient), gradient.matrix, (), shape)
    return Line(gradient.left, written_out(gradient, tell)[-1], (), shape)


def _result_lines(gradient: Gradient, tell: Telling) -> Iterator[Line]:
    why: Text = () if gradient.contributions else (Words(tell.words.reason(gradient.joined[0])),)
    if gradient.matrix is None or tell.notation != "matrix":
        yield Line(gradient.left, written_out(gradient, tell)[-1], why)
    if tell.notation != "index":
        yield from _matrix_line(gradient, tell)


def _matrix_line(gradient: Gradient, tell: Telling) -> Iterator[Line]:
    if gradient.matrix is not None:
        yield Line(whole(gradient), gradient.matrix, (Words(tell.words.in_matrix),))


def _single_path(gradient: Gradient, tell: Telling) -> Iterator[Line]:
    path = gradient.contributions[0]
    if tell.notation == "matrix" and gradient.matrix is not None:
        yield from _path_in_matrices(gradient, path, tell)
        return
    yield from _path_lines(gradient, path, gradient.left, gradient.joined, tell)
    yield from closing_lines(gradient, tell)
    if tell.notation != "index":
        yield from _matrix_line(gradient, tell)


def _several_paths(gradient: Gradient, tell: Telling) -> Iterator[Block]:
    """One display for each path, where the left side is the path's share, and one for their sum."""
    first = gradient.contributions[0].consumer
    share, count = Maths(Share(gradient.left, first)), str(len(gradient.contributions))
    acts = sentence(tell.words.share, operand=name(gradient.name), count=count, share=share, consumer=name(first))
    yield Paragraph(acts)
    for path in gradient.contributions:
        yield Paragraph(sentence(tell.words.through, consumer=name(path.consumer)))
        yield Display(tuple(_path_lines(gradient, path, Share(gradient.left, path.consumer), (), tell)))
    lines = [*_rewrites(gradient.left, gradient.joined, tell), *closing_lines(gradient, tell)]
    if tell.notation != "index":
        lines += _matrix_line(gradient, tell)
    yield Display(tuple(lines))


def _path_lines(gradient: Gradient, path: Vjp, left: Formula, after: tuple[Step, ...], tell: Telling) -> Iterator[Line]:
    """The equation on the path, its local derivative, the chain rule, and the rewrites, also those ``after``.

    Where the path ends in the loss itself, the local derivative is the gradient and there is no chain.
    """
    equation = tell.program.equation(path.consumer)
    chain, *own = path.steps
    assert equation is not None, "a path leads through an equation"
    yield Line(equation.left, equation.right, (Words(tell.words.forward_line),))
    if path.consumer == tell.loss:
        yield from _rewrites(left, (*own, *after), tell)
        return
    local = local_steps(chain, equation, tell.program)
    steps = steps_from_local(path, local, equation, tell.program)
    if len(steps) > 1 and steps[0].rule == take_local_derivative.__name__ and tell.detail == "steps":
        steps = steps[1:]  # its deltas are seen in the local derivative
    yield from _local_lines(local, tell)
    yield Line(left, chain.after, _chain_reason(gradient, path, tell))
    yield from _rewrites(None, (*steps, *after), tell)


def _path_in_matrices(gradient: Gradient, path: Vjp, tell: Telling) -> Iterator[Line]:
    """The same in matrix notation: the lines that have it."""
    equation = tell.program.equation(path.consumer)
    chain = path.steps[0]
    assert equation is not None, "a path leads through an equation"
    for line in equation_lines(equation, tell):
        yield Line(line.left, line.right, (Words(tell.words.forward_line),))
    if path.consumer != tell.loss:
        yield Line(gradient.left, chain.after, _chain_reason(gradient, path, tell))
    every = steps_from_local(path, local_steps(chain, equation, tell.program), equation, tell.program)
    steps = [step for step in every if not has_delta(step.after)] or every  # deltas belong to indices
    left: Formula | None = whole(gradient)
    last: Formula | None = None
    for step in (*steps, *gradient.joined):
        matrix = matrix_form(tell.shown(step.after), gradient.left.indices, tell.program)
        if matrix is not None and matrix != last:
            why = tell.words.reason(step) if last or not every else tell.words.text(reason(take_local_derivative))
            yield Line(left, matrix, (Words(why),))
            left, last = None, matrix


def _chain_reason(gradient: Gradient, path: Vjp, tell: Telling) -> Text:
    return sentence(tell.words.chain_rule, operand=name(gradient.name), consumer=name(path.consumer))


def _local_lines(steps: tuple[Step, ...], tell: Telling) -> Iterator[Line]:
    shown = steps if tell.detail == "full" else steps[-1:]
    for count, step in enumerate(shown):
        left = steps[0].before if count == 0 else None
        why = tell.words.local_derivative if count == 0 else tell.words.reason(step)
        yield Line(left, step.after, (Words(why),))


def _rewrites(left: Formula | None, steps: Iterable[Step], tell: Telling) -> Iterator[Line]:
    """One line for each step that changes what is shown; steps that only lead back to an earlier line are left out.

    ``left`` is None where the lines continue one above.
    """
    kept: list[tuple[Expr, Text]] = []
    for step in steps:
        here = tell.shown(step.after)
        back = next((k for k, (earlier, _) in enumerate(kept) if without_sign(earlier) == without_sign(here)), None)
        if back is None:
            kept.append((here, (Words(tell.words.reason(step)),)))
        else:
            kept[back:] = [(here, kept[back][1])]
    for count, (here, why) in enumerate(kept):
        yield Line(left if count == 0 else None, here, why)
