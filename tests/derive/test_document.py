"""The notes: what they contain, in which order, at each level of detail, and that no line is a detour."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest

import derive
from derive.calculus.jacobians import jacobian
from derive.errors import ChainruleError, UnknownName
from derive.expression import Delta, Expr
from derive.notes.document import (
    Code,
    Display,
    Document,
    Heading,
    Line,
    Maths,
    Paragraph,
    Picture,
    Shape,
    Table,
    Text,
    Words,
    sentence,
)
from derive.notes.example import example
from derive.notes.jacobian_notes import jacobian_notes
from derive.notes.latex import one_line
from derive.notes.latex_index import without_sign
from derive.notes.notes import notes
from derive.notes.path_steps import local_steps, steps_from_local
from derive.notes.telling import Notation, loss
from derive.rewriting import walk

AFFINE = derive.derive(derive.load("affine"))
LIBRARY = derive.names()


def plain(text: Text, document: Document) -> str:
    """A sentence as one string."""
    return "".join(one_line(p.formula, document.names) if isinstance(p, Maths) else p.text for p in text)


def outline(document: Document) -> list[str]:
    """The headings, with their numbers."""
    return [f"{b.number} {plain(b.text, document)}".strip() for b in document.blocks if isinstance(b, Heading)]


def lines(document: Document) -> list[Line]:
    """Every displayed line."""
    return [line for b in document.blocks if isinstance(b, Display) for line in b.lines]


def printed(document: Document) -> list[str]:
    """Every displayed line as ``left = right``."""
    names = document.names
    return [
        f"{one_line(line.left, names) if line.left is not None else ''} = {one_line(line.right, names)}".strip()
        for line in lines(document)
    ]


def said(document: Document) -> str:
    """All running text."""
    return "\n".join(plain(b.text, document) for b in document.blocks if isinstance(b, Paragraph))


def test_the_order_of_the_notes() -> None:
    """What the layer is, symbols, forward, graph, backward in the order computed, summary."""
    document = notes(AFFINE)
    assert outline(document) == [
        "affine: forward and backward pass",
        "Symbols",
        "Forward pass",
        "Backward pass",
        "1. Gradient with respect to W",
        "2. Gradient with respect to b",
        "3. Gradient with respect to X",
        "All gradients",
        "With numbers",
        "Cost",
        "References",
    ]
    kinds = [type(block) for block in document.blocks]
    assert kinds[:8] == [Heading, Paragraph, Heading, Table, Heading, Display, Paragraph, Picture]
    symbols = next(b for b in document.blocks if isinstance(b, Table))
    assert symbols.rows[0] == (
        (Maths(symbols.rows[0][0][0].formula),),  # type: ignore[union-attr]
        (Code("X"),),
        (Maths(Shape(AFFINE.program.tensor("X").axes)),),
        (Words("one sample a row"),),
    )


def test_the_section_of_a_gradient() -> None:
    """Forward equation, local derivative, chain rule, rewrites, matrix form; the shape in words."""
    document = notes(derive.derive(derive.load("affine"), ["W"]))
    start = printed(document).index(r"U_{nh} = \sum_{d} X_{nd} W_{dh} + b_{h}", 2)
    assert printed(document)[start:] == [
        r"U_{nh} = \sum_{d} X_{nd} W_{dh} + b_{h}",
        r"\frac{\partial U_{nh'}}{\partial W_{dh}} = X_{nd} \delta_{h'h}",
        r"\frac{\partial L}{\partial W_{dh}} = \sum_{n,h'} \frac{\partial L}{\partial U_{nh'}} "
        r"\frac{\partial U_{nh'}}{\partial W_{dh}}",
        r"= \sum_{n} \frac{\partial L}{\partial U_{nh}} X_{nd}",
        r"\frac{\partial L}{\partial W} = X^{\mathsf T} \frac{\partial L}{\partial U}",
        r"\frac{\partial L}{\partial W} = X^{\mathsf T} \frac{\partial L}{\partial U}",
    ]
    reasons = [plain(line.reason, document) for line in lines(document)][start:]
    assert reasons[:3] == ["forward", "local derivative", "chain rule: W acts through U"]
    assert all(reasons[:-1]), "every line of a derivation has its reason"
    assert r"\frac{\partial L}{\partial W} has the shape of W: (D, H)." in said(document)
    assert r"The upstream gradient \frac{\partial L}{\partial U} of some loss L, of shape (N, H), is given." in said(
        document
    )
    assert r"The Kronecker delta \delta_{h'h} is 1 where the two indices are equal, and 0 otherwise." in said(document)


def test_a_scalar_loss_has_gradient_one() -> None:
    """It is said once and not written in every line."""
    document = notes(derive.derive(derive.load("softmax_cross_entropy")))
    assert r"L is the loss, so that \frac{\partial L}{\partial L} is 1." in said(document)
    assert not any(r"\partial L}{\partial L}" in line for line in printed(document))
    assert printed(document)[-1] == r"\frac{\partial L}{\partial Z} = \frac{1}{N} (P - T)"


def test_several_paths_are_shown_and_added() -> None:
    """Each share by itself, then the sum."""
    program = derive.parse("layer twice\nx: input [N]\nu = x * x\nv = exp(x)\ny = u * v + x\n")
    document = notes(derive.derive(program))
    share = r"\left. \frac{\partial L}{\partial x_{n}} \right|_{y}"
    assert rf"x acts along 3 paths; the gradient is the sum of their shares. {share} is the share through y." in said(
        document
    )
    assert {"The path through y:", "The path through u:", "The path through v:"} <= set(said(document).splitlines())
    assert any(line.startswith(r"\frac{\partial L}{\partial x_{n}} = ") for line in printed(document))


@pytest.mark.parametrize("layer", LIBRARY)
def test_levels_of_detail(layer: str) -> None:
    """Brief has results only, full has every rewrite, steps lies between; each path ends as in the ledger."""
    derivation = derive.derive(derive.load(layer))
    brief, steps, full = (lines(notes(derivation, detail=d)) for d in ("brief", "steps", "full"))
    assert len(brief) < len(steps) <= len(full)
    assert not any(line.reason for line in brief if isinstance(line.right, Expr) and line.left is None)
    everything = [without_sign(line.right) for line in full if isinstance(line.right, Expr)]
    for gradient in derivation.all_gradients:
        for path in gradient.contributions:
            equation = derivation.program.equation(path.consumer)
            assert equation is not None
            if path.consumer != loss(derivation):
                local = local_steps(path.steps[0], equation, derivation.program)
                told = (path.steps[0], *local, *steps_from_local(path, local, equation, derivation.program))
                assert all(without_sign(s.after) in everything for s in told) and told[-1].after == path.result


@pytest.mark.parametrize("layer", LIBRARY)
def test_no_line_is_a_detour(layer: str) -> None:
    """No formula comes twice in one chain of equalities, and none is followed by itself."""
    for detail in ("steps", "full"):
        document = notes(derive.derive(derive.load(layer)), detail=detail)
        for block in document.blocks:
            if isinstance(block, Display):
                for above, below in pairwise(block.lines):
                    assert below.left is not None or above.right != below.right


def test_full_shows_the_deltas() -> None:
    """The line before they collapse."""
    document = notes(AFFINE, detail="full")
    assert (
        sum(isinstance(n, Delta) for line in lines(document) if isinstance(line.right, Expr) for n in walk(line.right))
        > 8
    )


@pytest.mark.parametrize(
    ("notation", "matrix", "index"), [("matrix", True, False), ("index", False, True), ("both", True, True)]
)
def test_notations(notation: Notation, matrix: bool, index: bool) -> None:
    """Results in the notation asked for."""
    shown = printed(notes(AFFINE, notation=notation, detail="brief"))
    assert (r"\frac{\partial L}{\partial W} = X^{\mathsf T} \frac{\partial L}{\partial U}" in shown) is matrix
    assert (
        r"\frac{\partial L}{\partial W_{dh}} = \sum_{n} \frac{\partial L}{\partial U_{nh}} X_{nd}" in shown
    ) is index


def test_repeated_vectors_are_named() -> None:
    """The bias is added to every row."""
    assert "Repeated in every row (broadcast): b." in said(notes(AFFINE))
    assert "Repeated" not in said(notes(AFFINE, notation="index"))


def test_numbers_of_the_shopping_seed() -> None:
    """715; 110, 2.2, 165, 3.3, 650 in the notes."""
    values = {"apple": 100, "apple_num": 2, "orange": 150, "orange_num": 3, "tax": 1.1}
    document = notes(derive.derive(derive.load("apples_and_oranges")), values=values)
    rows = [b for b in document.blocks if isinstance(b, Table)][-1].rows
    values_and_gradients = [plain(row[1], document) for row in rows]
    assert plain(rows[0][0], document) == r"\mathit{apple}"
    assert values_and_gradients[:9] == ["100", "2", "150", "3", "1.1", "200", "450", "650", "715"]
    assert values_and_gradients[9:] == ["1", "650", "1.1", "1.1", "3.3", "165", "1.1", "2.2", "110"]


def test_the_seeds_softmax_with_loss() -> None:
    """Seed 001: its x and t, loss 0.7868320068580383 and dx."""
    values = {"Z": [[0.3, 2.9, 4.0], [0.1, 0.2, 0.7]], "T": [[0, 0, 1], [0, 1, 0]]}
    document = notes(derive.derive(derive.load("softmax_cross_entropy")), values=values)
    rows = [b for b in document.blocks if isinstance(b, Table)][-1].rows
    assert plain(rows[3][1], document) == "0.7868320069"
    assert "0.00910564 & 0.122596 & -0.131702" in plain(rows[-1][1], document)


def test_numbers_are_written_out_to_what_is_given() -> None:
    """Seed 001: dz/dx = dz/dt · dt/dx = 2t = 2(x + y)."""
    document = notes(derive.derive(derive.load("square_of_sum"), ["x"]))
    chain = r"\frac{\partial z}{\partial x} = \frac{\partial z}{\partial t} \frac{\partial t}{\partial x}"
    start = printed(document).index(chain)
    assert printed(document)[start + 1 : start + 4] == [r"= \frac{\partial z}{\partial t}", "= 2 t", "= 2 (x + y)"]
    assert printed(document)[-1] == r"\frac{\partial z}{\partial x} = 2 (x + y)"


def test_a_jacobian_is_a_small_document() -> None:
    """The forward equation, and the steps to the textbook's form."""
    document = jacobian_notes(jacobian(derive.load("softmax"), "P", "Z"))
    assert outline(document) == ["Jacobian of P with respect to Z: every entry by every entry"]
    assert printed(document)[-1].endswith(r"(\delta_{cc'} - P_{nc'})")
    assert all(line.reason for line in lines(document))


def test_wrong_choices_are_refused() -> None:
    """By name, with what there is."""
    with pytest.raises(ChainruleError, match="detail cannot be 'verbose'") as error:
        notes(AFFINE, detail="verbose")  # type: ignore[arg-type]
    assert "brief, steps, full" in str(error.value)
    with pytest.raises(ChainruleError, match="notation cannot be 'tensor'"):
        notes(AFFINE, notation="tensor")  # type: ignore[arg-type]
    with pytest.raises(UnknownName, match="no language 'tlh'"):
        notes(AFFINE, language="tlh")


def test_a_phrase_with_places() -> None:
    """Places take formulas or words; the rest is words."""
    assert sentence("{a} and {b}.", a=Code("x"), b="y") == (Code("x"), Words(" and "), Words("y"), Words("."))


PRINT_ALL = """
import derive
from derive.outputs import names, rendered
for layer in ("two_layer_net", "softmax_cross_entropy"):
    for output in names():
        print(rendered(derive.derive(derive.load(layer)), output))
"""


def test_the_same_bytes_under_any_hash_seed() -> None:
    """All outputs of two layers, in two processes."""
    texts = [
        subprocess.run(
            [sys.executable, "-c", PRINT_ALL], capture_output=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    ]
    assert texts[0] == texts[1] and len(texts[0]) > 10_000


def test_all_but_the_largest_layers_have_a_worked_example() -> None:
    without = {name for name in LIBRARY if example(derive.derive(derive.load(name))) is None}
    assert without == {"gpt2", "lenet", "transformer_block"}


def test_more_than_two_axes_are_matrices_in_order() -> None:
    """One for each step; a window has more than one place, so that sums of windows are seen."""
    document = notes(derive.derive(derive.load("rnn")))
    rows = [b for b in document.blocks if isinstance(b, Table)][-1].rows
    states = next(row[1] for row in rows if plain(row[0], document) == "h")
    before = next(row[1] for row in rows if plain(row[0], document) == r"h_{\mathrm{prev}}")
    assert len(states) == len(before) == 3 and before[2] == states[0]  # two matrices with a comma between
    pooled = example(derive.derive(derive.load("max_pool2d")))
    assert pooled is not None and pooled.sizes["I"] == pooled.sizes["J"] == 2
