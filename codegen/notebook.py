"""A derivation as a Jupyter notebook that has been run: notes, generated code, the check and a plot as cells."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from importlib import util
from typing import Any

from codegen.generate import source
from codegen.writing import MARK
from derive.ledger import Derivation
from derive.notes.document import Document, Heading
from derive.notes.notes import notes
from derive.notes.phrases import phrases
from derive.outputs.markdown import of_document
from derive.program import Program

SET_UP = """import numpy as np

import codegen
import derive

layer = {opening}
{name} = codegen.build(layer)  # the module above"""

CHECK = "print(codegen.check(layer))  # against complex steps, central differences and the exact evaluator"

PLOT = """given, upstream = codegen.example(layer)
outputs, saved = {name}.forward(**given)
gradients = {name}.backward(saved, *upstream)


def loss(step):
    \"\"\"The outputs, weighted by the upstream gradients, so far against the gradients.\"\"\"
    moved = {{n: a - step * gradients[n] if n in gradients else a for n, a in given.items()}}
    found = {name}.forward(**moved)[0]
    found = found if isinstance(found, tuple) else (found,)
    return sum(np.sum(u * y) for u, y in zip(upstream, found))


slope = -sum(np.sum(g * g) for g in gradients.values())  # what the gradients predict
steps = np.linspace(-0.2, 0.2, 81) * min(1, 1 / abs(slope)) if slope else np.linspace(-0.2, 0.2, 81)
print(f"slope by the gradients {{slope:.6g}}, by differences {{(loss(1e-6) - loss(-1e-6)) / 2e-6:.6g}}")"""

DRAW = """import matplotlib.pyplot as plt

plt.figure(figsize=(6, 3.2), layout="constrained")
plt.plot(steps, [loss(s) for s in steps], label="loss, against the gradients")
plt.plot(steps, loss(0) + slope * steps, "--", label="what the gradients predict")
plt.xlabel("step")
plt.legend()
plt.show()"""


def render(derivation: Derivation, opening: str = "", origin: str = "", **options: object) -> str:
    """The notebook as JSON; ``options`` as in `derive.notes.notes`. The same bytes on every run.

    ``opening`` is the Python expression that gives the program, such as ``derive.load('affine')``.

    What is run is our own rendering, of code and of a text that our grammar has read.
    """
    program = derivation.program
    document = notes(derivation, **options)  # type: ignore[arg-type]
    cells = [_markdown(text) for text in _chapters(document)]
    if origin:
        cells[0]["source"] += f"\n\n<!-- {origin.replace('--', '- -')} -->"
    cells.append(_markdown(phrases(document.language).in_python))
    cells += _run(program, [source(program), *_about(program, opening or f"derive.parse({program.source!r})")])
    for number, cell in enumerate(cells, 1):
        cell["id"] = f"cell-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}, "generator": MARK}
    book = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def _chapters(document: Document) -> Iterator[str]:
    """The notes, a cell for each heading of the first two levels."""
    blocks = list(document.blocks)
    starts = [k for k, b in enumerate(blocks) if isinstance(b, Heading) and b.level <= 2]
    for start, end in zip(starts, [*starts[1:], len(blocks)], strict=True):
        part = Document(tuple(blocks[start:end]), document.names, document.language)
        yield of_document(part).strip()


def _about(program: Program, opening: str) -> Iterator[str]:
    name = program.name
    yield SET_UP.format(opening=opening, name=name)
    yield CHECK
    if any(t.role in ("input", "param") and not t.integer for t in program.given):
        yield PLOT.format(name=name)
        if util.find_spec("matplotlib"):
            yield DRAW


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "", "metadata": {}, "source": text}


def _run(program: Program, codes: list[str]) -> list[dict[str, Any]]:
    """Code cells with what they print and draw."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    cells = []
    for count, code in enumerate(codes, 1):
        printed = io.StringIO()
        pictures: list[str] = []
        with redirect_stdout(printed), _drawing(pictures):
            exec(compile(code, f"<chainrule {program.name}>", "exec"), namespace)
        outputs: list[dict[str, Any]] = []
        if printed.getvalue():
            outputs.append({"name": "stdout", "output_type": "stream", "text": printed.getvalue()})
        outputs += [
            {"data": {"image/png": picture}, "metadata": {}, "output_type": "display_data"} for picture in pictures
        ]
        cell = {"cell_type": "code", "execution_count": count, "id": "", "metadata": {}, "outputs": outputs}
        cells.append({**cell, "source": code.strip("\n")})
    return cells


@contextmanager
def _drawing(pictures: list[str]) -> Iterator[None]:
    """Collect the figures that are drawn meanwhile, as PNG."""
    if util.find_spec("matplotlib") is None:
        yield
        return
    import matplotlib
    import matplotlib.pyplot as plt

    before = matplotlib.get_backend()
    matplotlib.use("agg")
    try:
        yield
        for number in plt.get_fignums():
            buffer = io.BytesIO()
            plt.figure(number).savefig(buffer, format="png", dpi=110, metadata={"Software": MARK})
            pictures.append(b64encode(buffer.getvalue()).decode())
    finally:
        plt.close("all")
        matplotlib.use(before)
