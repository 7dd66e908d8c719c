"""What a writer is told of a wrong formula: his own text put right, an example with numbers."""

from __future__ import annotations

import pytest

from derive.verifying.documents.reading import note
from derive.verifying.report import Finding
from derive.verifying.verify import verify


def last(text: str) -> Finding:
    """What is said about the last formula of a note."""
    return verify(note(text)).findings[-1]


LAYER = "$Y = XW + b$ with $X \\in \\mathbb{R}^{N \\times D}$.\n\n"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (
            r"\frac{\partial L}{\partial X} = \frac{\partial L}{\partial Y}\, W",
            r"= \frac{\partial L}{\partial Y}\, W^T",
        ),
        (r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial Y} X^T", r"= X^T \frac{\partial L}{\partial Y}"),
        (r"\frac{\partial L}{\partial W} = -X^T \frac{\partial L}{\partial Y}", r"= X^T \frac{\partial L}{\partial Y}"),
    ],
)
def test_a_repair_keeps_the_writers_text(wrong: str, right: str) -> None:
    said = last(f"{LAYER}The transpose is $X^T$.\n\n$${wrong}$$\n")
    assert said.verdict == "incorrect"
    assert said.fix.endswith(right)


SHIFTED = "$y_t = \\sum_{k=0}^{K-1} w_k x_{t+k} + b$ for $t = 0, \\dots, T-K$\n\n"
SCORES = "$S = Q K^T$, $Q \\in \\mathbb{R}^{T \\times D}$, $K \\in \\mathbb{R}^{S \\times D}$\n\n"


@pytest.mark.parametrize(
    ("start", "wrong", "right"),
    [
        ("$y = v^{-1/2}$\n\n", r"\frac{dy}{dv} = -\frac12 v^{-1/2}", r"\frac{dy}{dv} = -\frac12 v^{-3/2}"),
        (
            r"$J = -\log \sigma(-a b)$" + "\n\n",
            r"\frac{\partial J}{\partial a} = (1 - \sigma(a b)) b",
            r"\frac{\partial J}{\partial a} = (1 - \sigma (-a b)) b",
        ),
        (
            SHIFTED,
            r"\frac{\partial L}{\partial x_s} = \sum_k \frac{\partial L}{\partial y_{s+k}} w_k",
            r"\frac{\partial L}{\partial x_s} = \sum_k \frac{\partial L}{\partial y_{s - k}} w_k",
        ),
        (SCORES, "dK = dS Q", r"dK = dS^T Q"),
    ],
)
def test_exponents_arguments_shifts_and_names_of_gradients_are_put_right(start: str, wrong: str, right: str) -> None:
    said = last(f"{start}$${wrong}$$\n")
    assert (said.verdict, said.fix) == ("incorrect", right)


def test_an_example_has_few_whole_numbers() -> None:
    said = last("$f = x^2$\n\n$$\\frac{\\partial f}{\\partial x} = x$$\n")
    assert (said.verdict, said.fix) == ("incorrect", r"\frac{\partial f}{\partial x} = 2 x")
    assert said.example == "with x = -2: yours gives -2, the true value is -4"
    assert said.as_json()["example"] == said.example


SOFTMAX = "$p_i = e^{z_i} / \\sum_k e^{z_k}$\n\n"
CHANGES = "$Y = XW$, $f = \\mathrm{tr}(Y^T Y)$\n\n"
SOLVED = "$K = \\frac12 \\sum_j (v_j^2 - \\log v_j^2)$. Let $s_j = \\log v_j^2$, so that $v_j = e^{s_j/2}$.\n\n"
ANY = "$u = v + b$, $y = f(u)$, $J(y) = \\frac12 y^2$\n\n"


@pytest.mark.parametrize(
    ("start", "claim", "verdict"),
    [
        (CHANGES, r"df = 2 \mathrm{tr}(Y^T X dW)", "correct"),
        (CHANGES, r"df = \mathrm{tr}(Y^T X dW)", "incorrect"),
        (SOFTMAX, r"\frac{\partial p_i}{\partial z_j} = -p_i p_j \quad (i \ne j)", "correct"),
        (SOFTMAX, r"\frac{\partial p_i}{\partial z_j} = -p_i p_j", "incorrect"),
        ("$z = W x$, $h = \\tanh(z)$\n\n", r"\frac{\partial h}{\partial z} = \operatorname{diag}(1 - h^2)", "correct"),
        (ANY, r"\frac{\partial J(y)}{\partial b} = y f'(u)", "correct"),
        (ANY, r"\frac{\partial J(y)}{\partial b} = y f'(v)", "incorrect"),
        (SOLVED, r"\frac{\partial K}{\partial s_j} = \frac12 (e^{s_j} - 1)", "correct"),
        (SOLVED, r"\frac{\partial K}{\partial s_j} = \frac12 e^{s_j} - 1", "incorrect"),
    ],
)
def test_the_ways_to_write_are_understood(start: str, claim: str, verdict: str) -> None:
    assert last(f"{start}$${claim}$$\n").verdict == verdict
