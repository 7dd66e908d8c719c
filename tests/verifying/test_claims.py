"""A line is cut into its claims, each with the shapes, conditions, tags and words that stand beside it."""

from __future__ import annotations

import pytest

from derive.verifying.claim import Statement, Unread
from derive.verifying.latex.reading import read
from tests.verifying.sketch import lines

# fmt: off
LINES = [
    (r"U1 &= X W1 + b1 && \quad \text{(50, 2)} \\ &= Y",
     ["Statement([U1 Addition([Juxtaposition([X W1]) b1] [+ +])] [Relation(=)] [Shape([50 2] 1)])",
      "Statement([- Y] [Relation(=)])"]),
    (r"= \sum_{i} g_i \quad \in \mathbb{R}^{1 \times 3}",
     ["Statement([- Big(sum Scripted(g sub=i) sub=i)] [Relation(=)] [Shape([1 3] in 1)])"]),
    (r"W, V \in \mathbb{R}^{m\times n}", ["Statement([Commas([W V])] [Shape([m n] in)])"]),
    (r"a \in \mathbb{R}", ["Statement([a] [Shape([] in)])"]),
    (r"z = W x + b, \quad a = \sigma(z), \; i = 1, \dots, n",
     ["Statement([z Addition([Juxtaposition([W x]) b] [+ +])] [Relation(=)]) ; Statement([a "
      "Juxtaposition([sigma Bracketed(( ) z)])] [Relation(=)] [Condition(for Relations([i Commas([1 "
      "Dots(ldots) n])] [Relation(=)]))])"]),
    (r"y = f(x), x > 0",
     ["Statement([y Juxtaposition([f Bracketed(( ) x)])] [Relation(=)] [Condition( Relations([x 0] "
      "[Relation(>)]))])"]),
    (r"\ell_i = 0 \quad \text{for } i=1,\ldots,n",
     ["Statement([Scripted(ell sub=i) 0] [Relation(=)] [Condition(for Relations([i Commas([1 Dots(ldots) n])] "
      "[Relation(=)]))])"]),
    (r"a = b \text{ and } c = d", ["Statement([a b] [Relation(=)] [Words(and)]) ; Statement([c d] [Relation(=)])"]),
    (r"y = x \quad (x > 0)", ["Statement([y x] [Relation(=)] [Condition( Relations([x 0] [Relation(>)]))])"]),
    (r"a = b \qquad (3)", ["Statement([a b] [Relation(=)] [Tag(3)])"]),
    (r"a = b \tag{4.1}", ["Statement([a b] [Relation(=)] [Tag(4.1)])"]),
    (r"a = b \cdots (1)", ["Statement([a b] [Relation(=)] [Tag(1)])"]),
    (r"u > 0 \quad \Rightarrow \quad \frac{\partial L}{\partial z} \times 1",
     ["Statement([u 0] [Relation(>)]) ; Statement([Product([Derivative(L [z]) 1] [times])] True)"]),
    (r"a \Leftrightarrow b = c", ["Statement([a]) ; Statement([b c] [Relation(=)] True)"]),
    (r"W := W - \eta \frac{\partial L}{\partial W}",
     ["Statement([W Addition([W Juxtaposition([eta Derivative(L [W])])] [+ -])] [Relation(:=)])"]),
    (r"W \leftarrow W - \eta\, dW", ["Statement([W Addition([W Juxtaposition([eta dW])] [+ -])] [Relation(←)])"]),
    (r"L \propto \sum_i x_i \approx 3 \triangleq c",
     ["Statement([L Big(sum Scripted(x sub=i) sub=i) 3 c] [Relation(∝) Relation(≈) Relation(≜)])"]),
    (r"a \stackrel{\text{def}}{=} b \overset{(1)}{=} c \not= d",
     ["Statement([a b c d] [Relation(= note=def:text) Relation(= note=Bracketed(( ) 1)) Relation(≠)])"]),
    (r"a &= b + c \\ &\quad + d \\ &= e",
     ["Statement([a Addition([b c d] [+ + +])] [Relation(=)])",
      "Statement([- e] [Relation(=)])"]),
    (r"a = \Bigl( b \\ + c \Bigr)", ["Statement([a Bracketed(( ) Addition([b c] [+ +]))] [Relation(=)])"]),
    (r"\left\{ \begin{aligned} a &= b \\ c &= d \end{aligned} \right.",
     ["Statement([a b] [Relation(=)])",
      "Statement([c d] [Relation(=)])"]),
    (r"\begin{cases} z = W x \\ a = f(z) \end{cases}",
     ["Statement([z Juxtaposition([W x])] [Relation(=)])",
      "Statement([a Juxtaposition([f Bracketed(( ) z)])] [Relation(=)])"]),
    (r"\text{where } W \text{ is the weight}", ["Statement([] [Words(\\text{where } W \\text{ is the weight})])"]),
    (r"ここで z = W x とおく。", ["Statement([z Juxtaposition([W x])] [Relation(=)] [Words(ここで) Words(とおく。)])"]),
    (r"\color{gray}{= a + b}", ["Statement([- Addition([a b] [+ +])] [Relation(=)])"]),
    (r"\boxed{a = b}", ["Statement([a b] [Relation(=)])"]),
    (r"L = \frac12 \|y\|^2 \quad \text{※ $L$ はスカラー}",
     ["Statement([L Juxtaposition([Fraction(1 2) Scripted(Bracketed(‖ ‖ y) sup=2)])] [Relation(=)] [Words(※ "
      "$L$ はスカラー)])"]),
    (r"\text{MSE loss} = \frac1n", ["Statement([MSE loss:text Fraction(1 n)] [Relation(=)])"]),
    (r"X: (N, D)", ["Statement([X] [Shape([N D])])"]),
    (r"\forall i: x_i > 0",
     ["Statement([] [Condition(forall Relations([i Scripted(x sub=i) 0] [Relation(:) Relation(>)]))])"]),
    (r"y_1, y_2 = f(x), g(x)",
     ["Statement([Commas([Scripted(y sub=1) Scripted(y sub=2)]) Commas([Juxtaposition([f Bracketed(( ) x)]) "
      "Juxtaposition([g Bracketed(( ) x)])])] [Relation(=)])"]),
    (r"p \sim \mathcal{N}", ["Statement([p N:cal] [Relation(~)])"]),
    (r"z = W x.", ["Statement([z Juxtaposition([W x])] [Relation(=)])"]),
    (r"a &= b & c &= d", ["Statement([a b] [Relation(=)]) ; Statement([c d] [Relation(=)])"]),
    (r"\textbf{Step 1:} a = b", ["Statement([a b] [Relation(=)] [Words(Step 1:)])"]),
    (r"\text{softmax} (z) = p", ["Statement([Juxtaposition([softmax:text Bracketed(( ) z)]) p] [Relation(=)])"]),
    (r"a \fallingdotseq b", ["Statement([a b] [Relation(≈)])"]),
    (r"\text{d}W = \text{d}Z\,A^{\top}",
     ["Statement([Differential(d W) Juxtaposition([Differential(d Z) Scripted(A sup=top)])] [Relation(=)])"]),
    (r"p_i = \frac{1}{K}\ (i = 1, \ldots, K)",
     ["Statement([Scripted(p sub=i) Fraction(1 K)] [Relation(=)] [Condition(for Commas([Relations([i 1] "
      "[Relation(=)]) Dots(ldots) K]))])"]),
    (r"m = \mathbb{1} (x > 0)", ["Statement([m 1:bb] [Relation(=)] [Condition( Relations([x 0] [Relation(>)]))])"]),
    (r"\hat{y} = \mathrm{arg}\,\mathrm{max}_k\, p_k",
     ["Statement([Accent(hat y) Big(argmax Scripted(p sub=k) sub=k)] [Relation(=)])"]),
    (r"a = b, \text{ where } c = d",
     ["Statement([a b] [Relation(=)] [Words(where)]) ; Statement([c d] [Relation(=)])"]),
    (r"W = G \;\;\; \text{shape } (D \times H)", ["Statement([W G] [Relation(=)] [Words(shape) Shape([D H] 1)])"]),
    (r"{L = 1}", ["Statement([L 1] [Relation(=)])"]),
    (r"\begin{matrix} a = b \\ c = d \end{matrix}",
     ["Statement([a b] [Relation(=)])",
      "Statement([c d] [Relation(=)])"]),
    (r"= x^\top \delta \quad (\because y = x)",
     ["Statement([- Juxtaposition([Scripted(x sup=top) delta])] [Relation(=)] [Words(because)])"]),
    (r"\in \mathbb{R}^{D \times H}", ["Statement([-] [Shape([D H] in)])"]),
]
# fmt: on


@pytest.mark.parametrize(("written", "claims"), LINES)
def test_a_line_is_cut_into_its_claims(written: str, claims: list[str]) -> None:
    assert lines(written) == claims


def test_ranges_lead_back_to_what_the_writer_wrote() -> None:
    text = r"a &= \sum_i x_i \quad (3, 4) \\ &= \frac{b}{c}"
    first, second = read(text)
    [claim] = first.parts
    assert isinstance(claim, Statement)
    assert claim.sides[1] is not None
    assert text[slice(*claim.sides[1].span)] == r"\sum_i x_i"
    assert text[slice(*claim.annotations[0].span)] == "(3, 4)"
    assert text[slice(*second.span)] == r"= \frac{b}{c}"


def test_one_claim_that_cannot_be_read_leaves_the_others() -> None:
    [line] = read(r"a = b, \quad c = \unheard{x} \quad d = e")
    kinds = [type(part) for part in line.parts]
    assert kinds == [Statement, Unread, Statement]
