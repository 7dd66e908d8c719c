"""The check of a hand-written layer: the ways in which it may be meant, the shapes it takes, and what it teaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from codegen.gradcheck.handwritten.failures import told
from codegen.gradcheck.handwritten.forms import Form
from codegen.gradcheck.handwritten.layer import Layer
from codegen.gradcheck.handwritten.lessons import with_lessons
from codegen.gradcheck.handwritten.probing import Search, find
from codegen.gradcheck.handwritten.rebuilding import Remake, remake_of
from codegen.gradcheck.handwritten.shapes import EXAMPLE
from codegen.gradcheck.handwritten.steadiness import own_sizes
from codegen.gradcheck.handwritten.weighing import Case, weighed
from codegen.gradcheck.report import Report
from derive.errors import CannotJudge
from derive.program import Program


def examine(
    candidates: Sequence[Layer],
    things: Sequence[Any],
    asked: Mapping[str, Form] | None = None,
    seed: int = 0,
    remake: Remake | None = None,
    program: Program | None = None,
) -> Report:
    """The report on the first of the candidates that is right, else on the first that runs.

    ``candidates`` are the ways in which the code may be meant; ``things`` the functions or classes it is made of,
    to find their random numbers; ``asked`` the shapes that the user gave; ``remake`` how to make the layer with
    another backward, to find the line at fault; ``program`` what its forward pass is, if that is known.

    Errors: `CannotJudge`, with the option to give, if no shapes are found for which it runs.
    """
    asked = asked or {}
    tried: list[Report] = []
    search = Search(own=own_sizes(things))
    for way, layer in enumerate(candidates):
        settings = find(layer, asked, search)
        if settings is not None:
            report, read = weighed(Case(layer, things, asked, seed, search.own), *settings)
            if report.ok:
                return report
            tried.append(with_lessons(report, layer, read, things, remake or remake_of(things, way), program))
    if tried:
        return max(tried, key=lambda r: len(r.checked))
    raise _no_shapes(candidates, asked, search)


def _no_shapes(candidates: Sequence[Layer], asked: Mapping[str, Form], search: Search) -> CannotJudge:
    layer = candidates[0]
    if isinstance(search.failure, (NameError, ImportError)) and not isinstance(search.failure, UnboundLocalError):
        return CannotJudge(
            f"{layer.name} does not run: {told(search.failure)}", hint="define or import beside it what it needs"
        )
    names = [a.name for a in layer.arguments if a.required or a.name in asked]
    why = f": {told(search.failure)}" if search.failure is not None else ""
    axes = iter("NDHCKMPQRS" * 3)
    example = ",".join(f"{n}={next(axes)}x{next(axes)}" for n in names) or EXAMPLE
    return CannotJudge(
        f"no shapes were found for which {layer.name} runs forward and backward"
        f" ({search.tried} tried for {', '.join(names) or 'no arguments'}){why}",
        hint=f"give the shapes: --shapes '{example}' (as in {EXAMPLE}), or check a function that takes arrays alone",
    )
