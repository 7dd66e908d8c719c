"""The gradient check as a pytest assertion: works on classes, objects and pairs of functions, in this process."""

from __future__ import annotations

from typing import Any

from codegen.gradcheck.handwritten.examining import examine
from codegen.gradcheck.handwritten.naming import of_things
from codegen.gradcheck.handwritten.shapes import parse
from codegen.gradcheck.report import Report


def assert_gradients(forward: Any, backward: Any = None, *, shapes: str = "", seed: int = 0) -> Report:
    """Assert that hand-written gradients are right; the failure's message is the report.

    ``forward``: a class or an object with ``forward`` and ``backward``, a ``torch.autograd.Function``, or a function,
    whose ``backward`` is the second argument. ``shapes``: as for ``chainrule check``, ``"X=NxD,t=N:labels<C"``; found
    by trying if left out. The report is returned, its advice included.

    Errors: AssertionError if a gradient is wrong or the code behaves badly; `derive.errors.CannotJudge` if no
    shapes are found for which the code runs.
    """
    __tracebackhide__ = True
    candidates, things = of_things(forward, backward)
    report = examine(candidates, things, parse(shapes), seed)
    if not report.ok:
        raise AssertionError(f"\n{report}")
    return report
