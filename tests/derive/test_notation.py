r"""How names are spelled: each kind of name, never two alike, and no user's spelling that does more than spell."""

from __future__ import annotations

from typing import Any

import pytest

from derive.errors import ChainruleError, UnknownName
from derive.expression import COTANGENT_MARK, Access, Axis, Delta, Index, Size, number
from derive.notes.latex import latex, one_line
from derive.notes.notation import TABLE, spelling
from derive.notes.symbols import GREEK, symbol
from derive.program import Equation, Hyperparameter, Program, Tensor

N = Axis("N")
n, k = Index("n", N), Index("n'", N)
SPELLINGS = {
    "x": "x",
    "W1": "W_{1}",
    "W12": "W_{12}",
    "mu": r"\mu",
    "Gamma": r"\Gamma",
    "δ": r"\delta",
    "Λ": r"\Lambda",
    "eps": r"\varepsilon",
    "mu2": r"\mu_{2}",
    "Xhat": r"\hat{X}",
    "x_hat": r"\hat{x}",
    "muhat": r"\hat{\mu}",
    "x'": "x'",
    "price": r"\mathit{price}",
    "apple_price": r"\mathit{apple}_{\mathrm{price}}",
    "W_xh": r"W_{\mathrm{xh}}",
    "Wq": r"W_{\mathrm{q}}",
    "dx": r"\mathit{dx}",
    "nu": r"\nu",
    "h_t_1": r"h_{\mathrm{t},1}",
    "_x": r"\mathit{\_x}",
    "conv2d": r"\mathit{conv2d}",
    "りんご": r"\text{りんご}",
    "größe": r"\text{größe}",
}


@pytest.mark.parametrize(("name", "expected"), SPELLINGS.items())
def test_spelling(name: str, expected: str) -> None:
    """The rules, one name each."""
    assert symbol(name).entry() == expected


def test_every_spelling_passes_katex(katex: Any) -> None:
    """Alone, with indices, and as a gradient in every notation."""
    names = [*SPELLINGS, *GREEK]
    shown = [symbol(name).entry(indices) for name in names for indices in ("", "nd", "n,h_{1}")]
    shown += [spelling(profile=row).cotangent(name, "nd") for row in TABLE for name in names]
    assert [f for f, complaint in zip(shown, katex(shown), strict=True) if complaint] == []


def test_indices_follow_the_number_of_a_name() -> None:
    """``W_{1,nd}``; a number that is an index does not look like a part of the name."""
    assert symbol("W1").entry("nd") == "W_{1,nd}"
    assert latex(Access("W", (number(1), n))) == "(W)_{1,n}"


def test_the_notations() -> None:
    """One row each."""
    gradient = Access(COTANGENT_MARK + "W1", (n,))
    assert [latex(gradient, profile=row) for row in TABLE] == [
        r"\frac{\partial L}{\partial W_{1,n}}",
        r"\frac{\partial L}{\partial W_{1,n}}",
        r"\frac{\partial L}{\partial W_{1,n}}",
        r"\mathrm{d}W_{1,n}",
        r"\mathrm{d}W_{1,n}",
        r"\bar{W}_{1,n}",
        r"\frac{\partial L}{\partial W_{1,n}}",  # only what a layer of parameters computes has an error signal
        r"\frac{\partial L}{\partial W_{1,n}}",
        r"\frac{\partial L}{\partial W_{1,n}}",
    ]
    with pytest.raises(UnknownName, match="no notation 'dots'"):
        spelling(profile="dots")


def program(*names: str, latex: str | None = None) -> Program:
    """A program with tensors of these names; the first one has the given spelling."""
    tensors = [Tensor(name, (N,), latex=latex if count == 0 else None) for count, name in enumerate(names)]
    return Program("p", tuple(tensors), (), hyperparameters=(Hyperparameter("stride", number(1)),))


@pytest.mark.parametrize("names", [("W1", "W_1"), ("mu", "μ"), ("Xhat", "X_hat"), ("W1", "W_1", "W__1"), ("N", "x")])
def test_no_two_names_look_alike(names: tuple[str, ...]) -> None:
    """The second of two gets its letters written out."""
    spelled = spelling(program(*names))
    shown = [spelled.symbol(n).entry() for n in names] + [spelled.hyper("stride").entry(), spelled.size("N")]
    assert len(set(shown)) == len(shown)


def test_a_loss_outside_has_a_name_of_its_own() -> None:
    """``L``, unless the program has an ``L``."""
    assert spelling(program("x")).loss == "L"
    assert spelling(program("L")).loss == r"\mathcal{L}"
    assert spelling(program("x", "price"), loss="price").loss == r"\mathit{price}"


def test_a_delta_of_the_user_is_not_kroneckers() -> None:
    """Where a tensor is called delta, the Kronecker delta is written as a bracket."""
    assert one_line(Delta(n, k), spelling(program("x"))) == r"\delta_{nn'}"
    assert one_line(Delta(n, k), spelling(program("delta"))) == r"\mathbf{1}[n = n']"


@pytest.mark.parametrize(
    ("own", "shown"),
    [
        (r"\bm{W}", r"\bm{W}_{n}"),
        (r"\bm{W}_1", r"\bm{W}_{1,n}"),
        (r"\bm{W}_{in}", r"\bm{W}_{in,n}"),
        (r"W^{(1)}", r"W^{(1)}_{n}"),
        (r"\hat{\mu}", r"\hat{\mu}_{n}"),
    ],
)
def test_own_spelling(own: str, shown: str, katex: Any) -> None:
    """A user's spelling is kept, and shares its subscript with the indices."""
    p = program("W", latex=own)
    assert latex(Access("W", (n,)), p) == shown
    squared = latex(Access("W", (n,)) ** 2, p)
    assert katex([shown, squared]) == [None, None]


@pytest.mark.parametrize(
    "own",
    [
        r"\input{/etc/passwd}",
        r"\write18{ls}",
        "W}{",
        "W$",
        "",
        "%",
        r"\def\x{}",
        "W}",
        r"\\",
        "a&b",
        "#1",
        r"\href{x}{y}",
    ],
)
def test_a_spelling_that_does_more_is_refused(own: str) -> None:
    """Only letters, fonts, accents and scripts."""
    with pytest.raises(ChainruleError, match="cannot be used"):
        latex(Access("W", (n,)), program("W", latex=own))


def test_a_tensor_like_a_size_leaves_the_size_in_bars() -> None:
    """The number of entries of an axis that is spelled like a tensor."""
    x = Access("x")
    p = Program("p", (Tensor("N", (N,)), Tensor("x")), (Equation(x, x / Size(N)),))
    assert latex(x / Size(N), p) == r"\frac{1}{|N|} x"
