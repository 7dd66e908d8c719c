r"""Every spelling of section 4.1 of the reference becomes the tree that it says, and prints back to the same tree."""

from __future__ import annotations

import pytest

from derive.verifying.claim import Statement
from derive.verifying.latex.reading import read
from derive.verifying.latex.writing import latex
from tests.verifying.sketch import side, unread

# fmt: off
SPELLINGS = [
    (r"W", "W"),
    (r"\delta", "delta"),
    (r"δ", "delta"),
    (r"\mathbf{W}", "W:bf"),
    (r"\bm{\theta}", "theta:bf"),
    (r"U1", "U1"),
    (r"XW", "XW"),
    (r"\mathrm{ReLU}", "ReLU:rm"),
    (r"\operatorname{softmax}", "softmax:operatorname"),
    (r"\mathrm{back\_error}", "back_error:rm"),
    (r"𝐖_1", "Scripted(W sub=1)"),
    (r"\hat{y}_i", "Scripted(Accent(hat y) sub=i)"),
    (r"ŷ_i", "Scripted(Accent(hat y) sub=i)"),
    (r"\bar W", "Accent(bar W)"),
    (r"W^{[1]T}_{ij}", "Scripted(W sub=ij sup=Juxtaposition([Bracketed([ ] 1) T]))"),
    (r"x^2", "Scripted(x sup=2)"),
    (r"x²", "Scripted(x sup=2)"),
    (r"f'", "Scripted(f 1)"),
    (r"f^{\prime\prime}", "Scripted(f 2)"),
    (r"w_{11}", "Scripted(w sub=11)"),
    (r"w_11", "Juxtaposition([Scripted(w sub=1) 1])"),
    (r"x^{<t>}", "Scripted(x sup=Bracketed(< > t))"),
    (r"x^{\langle t-1\rangle}", "Scripted(x sup=Bracketed(< > Addition([t 1] [+ -])))"),
    (r"h_{t-1}^{(l)}", "Scripted(h sub=Addition([t 1] [+ -]) sup=Bracketed(( ) l))"),
    (r"A^{\mathsf T}", "Scripted(A sup=T:sf)"),
    (r"A^\top", "Scripted(A sup=top)"),
    (r"Aᵀ", "Scripted(A sup=T)"),
    (r"A^{-T}", "Scripted(A sup=Addition([T] [-]))"),
    (r"{}^t\!A", "Scripted(A sup=t True)"),
    (r"{W_1}_{ij}", "Scripted(Scripted(W sub=1) sub=ij)"),
    (r"{\bf x}^T y", "Juxtaposition([Scripted(x:bf sup=T) y])"),
    (r"W x", "Juxtaposition([W x])"),
    (r"W(x)", "Juxtaposition([W Bracketed(( ) x)])"),
    (r"\sigma(z)", "Juxtaposition([sigma Bracketed(( ) z)])"),
    (r"X[i,p]", "Juxtaposition([X Bracketed([ ] Commas([i p]))])"),
    (r"T \log P", "Juxtaposition([T log:command P])"),
    (r"\tanh^2 u", "Juxtaposition([Scripted(tanh:command sup=2) u])"),
    (r"a \odot b / c", "Product([a b c] [odot slash])"),
    (r"a b \cdot c", "Product([Juxtaposition([a b]) c] [cdot])"),
    (r"a・b × c", "Product([a b c] [cdot times])"),
    (r"A . B", "Product([A B] [dot])"),
    (r"a ⊙ b ∘ c ⊗ d * e @ f \oslash g", "Product([a b c d e f g] [odot circ otimes ast at oslash])"),
    (r"\delta \bigodot x", "Product([delta x] [odot])"),
    (r"-a + b - c", "Addition([a b c] [- + -])"),
    (r"a \cdot -b", "Product([a Addition([b] [-])] [cdot])"),
    (r"\frac{a}{b}", "Fraction(a b)"),
    (r"\frac12", "Fraction(1 2)"),
    (r"\tfrac 1 n x", "Juxtaposition([Fraction(1 n) x])"),
    (r"{a + b \over c}", "Fraction(Addition([a b] [+ +]) c)"),
    (r"\sqrt{d_k}", "Root(Scripted(d sub=k))"),
    (r"\sqrt[3]{x}", "Root(x index=3)"),
    (r"\frac{\partial L}{\partial W}", "Derivative(L [W])"),
    (r"\frac{\partial{L}}{\partial{W}}", "Derivative(L [W])"),
    (r"\frac{\partial L}{\partial\mathbf{W_3}}", "Derivative(L [Scripted(W:bf sub=3:bf)])"),
    (r"\frac{\partial (XW)}{\partial W}", "Derivative(Bracketed(( ) XW) [W])"),
    (r"\frac{\partial}{\partial x} f(x)", "Juxtaposition([Derivative(- [x]) f Bracketed(( ) x)])"),
    (r"\frac{\partial^2 f}{\partial x \partial y}", "Derivative(f [x y] order=2)"),
    (r"\frac{dL}{dW}", "Derivative(L [W] d)"),
    (r"\frac{\mathrm{d} y}{\mathrm{d} x}", "Derivative(y [x] d)"),
    (r"\frac{d \mathbf{h}}{d z}", "Derivative(h:bf [z] d)"),
    (r"\frac{\delta L}{\delta W}", "Derivative(L [W] delta)"),
    (r"\frac{d_k}{d_v}", "Fraction(Scripted(d sub=k) Scripted(d sub=v))"),
    (r"\frac{d}{n}", "Fraction(d n)"),
    (r"∂L/∂W", "Derivative(L [W] True)"),
    (r"dL/dW", "Derivative(L [W] d True)"),
    (r"\pdv{L}{W}", "Derivative(L [W])"),
    (r"\partial L", "Differential(partial L)"),
    (r"\mathrm{d}W_{1}", "Differential(d Scripted(W sub=1))"),
    (r"dW^{[1]}", "Scripted(dW sup=Bracketed([ ] 1))"),
    (r"\nabla_W L", "Nabla(W L)"),
    (r"\nabla_{\theta} J(\theta)", "Juxtaposition([Nabla(theta J) Bracketed(( ) theta)])"),
    (r"\nabla L", "Nabla(- L)"),
    (r"\nabla_a C \odot b", "Product([Nabla(a C) b] [odot])"),
    (r"\sum_{i=1}^n x_i y_i + b",
     "Addition([Big(sum Juxtaposition([Scripted(x sub=i) Scripted(y sub=i)]) sub=Relations([i 1] "
     "[Relation(=)]) sup=n) b] [+ +])"),
    (r"\sum_i^n x", "Big(sum x sub=i sup=n)"),
    (r"\sum\limits_{i \ne j} x_j", "Big(sum Scripted(x sub=j) sub=Relations([i j] [Relation(≠)]))"),
    (r"\sum x_i", "Big(sum Scripted(x sub=i))"),
    (r"\sum_{\substack{i=1\\ i \neq j}}^n a_i",
     "Big(sum Scripted(a sub=i) sub=Rows([Relations([i 1] [Relation(=)]) Relations([i j] [Relation(≠)])]) sup=n)"),
    (r"Σ_{i=1}^{n} x_i", "Big(sum Scripted(x sub=i) sub=Relations([i 1] [Relation(=)]) sup=n)"),
    (r"∑_i a_i b_i", "Big(sum Juxtaposition([Scripted(a sub=i) Scripted(b sub=i)]) sub=i)"),
    (r"\prod_{k} p_k^{t_k}", "Big(prod Scripted(p sub=k sup=Scripted(t sub=k)) sub=k)"),
    (r"\sum_i -\log p_i", "Big(sum Addition([Juxtaposition([log:command Scripted(p sub=i)])] [-]) sub=i)"),
    (r"\sum_i {a_i - b_i}", "Big(sum Bracketed(  Addition([Scripted(a sub=i) Scripted(b sub=i)] [+ -])) sub=i)"),
    (r"\sum_{i}", "Scripted(sum:command sub=i)"),
    (r"\max_j z_j", "Big(max Scripted(z sub=j) sub=j)"),
    (r"\max(0, x)", "Juxtaposition([max:command Bracketed(( ) Commas([0 x]))])"),
    (r"\arg\max_k p_k", "Big(argmax Scripted(p sub=k) sub=k)"),
    (r"\operatorname*{argmax}_k p_k", "Big(argmax Scripted(p sub=k) sub=k)"),
    (r"\underset{k}{\max} p", "Big(max p sub=k)"),
    (r"\lim_{h \to 0} f", "Big(lim f sub=Relations([h 0] [Relation(→)]))"),
    (r"\|x\|_2^2", "Scripted(Bracketed(‖ ‖ x) sub=2 sup=2)"),
    (r"\left\lVert x - y \right\rVert^2", "Scripted(Bracketed(‖ ‖ Addition([x y] [+ -])) sup=2)"),
    (r"||x||", "Bracketed(‖ ‖ x)"),
    (r"|x||y|", "Juxtaposition([Bracketed(| | x) Bracketed(| | y)])"),
    (r"||x|-1|", "Bracketed(| | Addition([Bracketed(| | x) 1] [+ -]))"),
    (r"\left| a \right|", "Bracketed(| | a)"),
    (r"\norm{x}", "Bracketed(‖ ‖ x)"),
    (r"\lfloor x \rfloor", "Bracketed(⌊ ⌋ x)"),
    (r"\mathbb{1}[z > 0]", "Juxtaposition([1:bb Bracketed([ ] Relations([z 0] [Relation(>)]))])"),
    (r"\mathbf{1}_{N}", "Scripted(1:bf sub=N)"),
    (r"1\{y^{(i)}=k\}",
     "Juxtaposition([1 Bracketed({ } Relations([Scripted(y sup=Bracketed(( ) i)) k] [Relation(=)]))])"),
    (r"I(z > 0)", "Juxtaposition([I Bracketed(( ) Relations([z 0] [Relation(>)]))])"),
    (r"p(y|x)", "Juxtaposition([p Bracketed(( ) Given(y x))])"),
    (r"p(y \mid x)", "Juxtaposition([p Bracketed(( ) Given(y x))])"),
    (r"D(p \| q)", "Juxtaposition([D Bracketed(( ) Given(p q))])"),
    (r"f(x)|_{x=0}", "Juxtaposition([f Evaluated(Bracketed(( ) x) sub=Relations([x 0] [Relation(=)]))])"),
    (r"\left. \frac{\partial L}{\partial C} \right|_{h}", "Evaluated(Derivative(L [C]) sub=h)"),
    (r"f(x, y)", "Juxtaposition([f Bracketed(( ) Commas([x y]))])"),
    (r"f(x; \theta)", "Juxtaposition([f Bracketed(( ) Commas([x theta]))])"),
    (r"w_{i,j}", "Scripted(w sub=Commas([i j]))"),
    (r"x_{:,j}", "Scripted(x sub=Commas([Mark(:) j]))"),
    (r"x^*", "Scripted(x sup=Mark(ast))"),
    (r"x_+", "Scripted(x sub=Mark(+))"),
    (r"f(\cdot)", "Juxtaposition([f Bracketed(( ) Mark(cdot))])"),
    (r"n!", "Scripted(n sup=Mark(!))"),
    (r"\delta_{n'n}", "Scripted(delta sub=Juxtaposition([Scripted(n 1) n]))"),
    (r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}", "Matrix(( ) [[a b] [c d]])"),
    (r"\left[ \begin{array}{cc} a & b \end{array} \right]", "Matrix([ ] [[a b]])"),
    (r"\begin{bmatrix} x_1 \\ \vdots \\ x_n \end{bmatrix}",
     "Matrix([ ] [[Scripted(x sub=1)] [Dots(vdots)] [Scripted(x sub=n)]])"),
    (r"\begin{vmatrix} a & b \end{vmatrix}", "Matrix(| | [[a b]])"),
    (r"(x_1, x_2, \cdots, x_n)",
     "Bracketed(( ) Commas([Scripted(x sub=1) Scripted(x sub=2) Dots(cdots) Scripted(x sub=n)]))"),
    (r"[x_1 \quad x_2]", "Bracketed([ ] Commas([Scripted(x sub=1) Scripted(x sub=2)]))"),
    (r"\begin{cases} x & (x > 0) \\ 0 & \text{otherwise} \end{cases}",
     "Cases([Case(x Relations([x 0] [Relation(>)])) Case(0 Words(otherwise))])"),
    (r"\begin{cases} x, & \text{if $x > 0$} \\ 0, & \text{if } x \le 0 \end{cases}",
     "Cases([Case(x Relations([x 0] [Relation(>)])) Case(0 Relations([x 0] [Relation(≤)]))])"),
    (r"\left\{ \begin{array}{l} 1　(if z > 0) \\ 0　(otherwise) \end{array} \right.",
     "Cases([Case(1 Relations([z 0] [Relation(>)])) Case(0 Words(otherwise))])"),
    (r"\underbrace{a+b}_{\text{why}}", "Braced(Addition([a b] [+ +]) why:text)"),
    (r"\overset{\text{def}}{a}", "Braced(a def:text overset)"),
    (r"10^{-3}", "Scripted(10 sup=Addition([3] [-]))"),
    (r"1e-7", "1e-7"),
    (r"0.5x", "Juxtaposition([0.5 x])"),
    (r"（a＋b）×c", "Product([Bracketed(( ) Addition([a b] [+ +])) c] [times])"),
    (r"予測値_{i番目}", "Scripted(予測値:text sub=Juxtaposition([i 番目:text]))"),
    (r"\alpha \text{ } dW^{[l]}", "Juxtaposition([alpha Scripted(dW sup=Bracketed([ ] l))])"),
    (r"A .* B ./ n", "Product([A B n] [odot oslash])"),
    (r"a \mathbin{\odot} b", "Product([a b] [odot])"),
    (r"\frac{\mathrm d L}{\mathrm d x} + {\rm d}x", "Addition([Derivative(L [x] d) Differential(d x)] [+ +])"),
    (r"\partial_W L", "Derivative(L [W])"),
    (r"W{^T} \sigma{'}(z)", "Juxtaposition([Scripted(W sup=T) Scripted(sigma 1) Bracketed(( ) z)])"),
    (r"A{}^{\top} B", "Juxtaposition([Scripted(A sup=top) B])"),
    (r"\underset{k}{\max} p_k", "Big(max Scripted(p sub=k) sub=k)"),
    (r"½ x", "Juxtaposition([Fraction(1 2) x])"),
]
# fmt: on


@pytest.mark.parametrize(("written", "tree"), SPELLINGS)
def test_a_spelling_becomes_the_tree_that_it_says(written: str, tree: str) -> None:
    assert side(written) == tree


@pytest.mark.parametrize(("written", "tree"), SPELLINGS)
def test_a_tree_prints_to_latex_that_reads_back_to_it(written: str, tree: str) -> None:
    part = read(written)[0].parts[0]
    assert isinstance(part, Statement)
    assert part.sides[0] is not None
    assert latex(part.sides[0], written) == written.strip()
    assert side(latex(part.sides[0])) == tree


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (r"\frac{a}{b", "{ is not closed"),
        (r"(a + b", "the bracket ( is not closed"),
        (r"(a + b = c", "the bracket ( is not closed"),
        (r"[a + b\}", "the bracket [ is closed by }"),
        (r"a = b + \times c", "times is not expected here"),
        (r"\begin{bmatrix} a \end{pmatrix}", None),
        (r"\mycommand{a} + b", "the command \\mycommand is not known: define it with \\newcommand, or write it out"),
        (r"a } b", "} closes nothing"),
        (r"\begin{tikzcd} a \end{tikzcd}", "\\begin{tikzcd} is not known inside a formula"),
        (r"x^a^b^c^d^e^f", "more than 4 scripts on one part"),
        ("(" * 100 + "a" + ")" * 100, "nested more than 32 deep"),
        ("a + " * 10_000, "longer than 20000 characters"),
    ],
)
def test_what_cannot_be_read_says_why_and_where(written: str, reason: str | None) -> None:
    found = unread(written)
    assert len(found) == 1
    assert found[0].source
    assert 0 <= found[0].span.start <= found[0].span.end <= len(written)
    if reason is not None:
        assert found[0].reason == reason
