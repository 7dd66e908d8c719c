r"""The syntax tree of a formula as a person wrote it: what stands there, not yet what it means.

The grammar never guesses. Where a reader would look at shapes or declarations, the tree keeps what is written:

============================================  ========================================================================
LaTeX                                         tree (``N`` is ``Name``)
============================================  ========================================================================
``W``, ``\delta``, ``δ``, ``\mathbf{W}``      ``N('W')``, ``N('delta')`` twice, ``N('W', font='bf')``
``U1``, ``XW``, ``dW``, ``ReLU``              ``N('U1')`` ...: a run of letters, perhaps a product (``whole=False``)
``\mathrm{ReLU}``, ``\exp``, ``\text{loss}``  ``N('ReLU', font='rm', whole=True)``, ``N('exp', 'command', True)``, ...
``\hat{y}_i``, ``\bar W``                     ``Scripted(Accent('hat', N('y')), sub=N('i'))``, ``Accent('bar', ..)``
``W^{[1]T}``, ``x^2``, ``f'``, ``w_{11}``     ``Scripted(W, sup=Juxtaposition(Bracketed('[', ']', 1), T))``, ...,
                                              ``Scripted(f, primes=1)``, ``Scripted(w, sub=Number('11'))``
``x^{<t>}``, ``x^{\langle t\rangle}``         ``Scripted(x, sup=Bracketed('<', '>', t))``
``A^{\mathsf T}``, ``A^\top``, ``{}^t\!A``    ``sup=N('T', 'sf')``, ``sup=N('top')``, ``before=True``
``W x``, ``W(x)``, ``\sigma(z)``, ``X[i,p]``  ``Juxtaposition((W, x))``, ``Juxtaposition((W, Bracketed('(', ')', x)))``
``\log p_i``, ``T \log P``                    ``Juxtaposition((N('log', 'command', True), p_i))``, three factors
``a \odot b / c``                             ``Product((a, b, c), ('odot', 'slash'))``: left to right, no precedence
``a b \cdot c``                               ``Product((Juxtaposition((a, b)), c), ('cdot',))``
``-a + b``                                    ``Addition((a, b), ('-', '+'))``: one sign for each term
``\frac{a}{b}``, ``\frac12``                  ``Fraction(a, b)``
``\frac{\partial L}{\partial W}``, ``∂L/∂W``  ``Derivative(of=L, by=(W,))``; ``\frac{dL}{dW}`` the same with mark ``d``
``\frac{\partial}{\partial x} f``             ``Juxtaposition((Derivative(of=None, by=(x,)), f))``
``\partial L``, ``\mathrm{d}W``               ``Differential('partial', L)``, ``Differential('d', W)``
``\nabla_W L``, ``\nabla L``                  ``Nabla(by=W, of=L)``, ``Nabla(by=None, of=L)``
``\sum_{i=1}^n x_i y_i + b``                  ``Addition((Big('sum', sub=i=1, sup=n, body=x_i y_i), b), ('+', '+'))``
``\max_j z_j``, ``\max(0, x)``                ``Big('max', ..)``, ``Juxtaposition((N('max', ..), Bracketed(..)))``
``\|x\|_2^2``, ``|x|``, ``||x||``             ``Scripted(Bracketed('‖', '‖', x), sub=2, sup=2)``, ...
``\mathbb{1}[z > 0]``, ``1\{y=k\}``           ``Juxtaposition((Number('1', 'bb'), Bracketed('[', ']', ..)))``
``f(x, y)``, ``w_{i,j}``                      body or sub is ``Commas((x, y))``; ``w_{ij}``: ``sub=N('ij')``
``\begin{pmatrix} a & b \\ \end{pmatrix}``    ``Matrix('(', ')', ((a, b),))``; the same for ``\left( \begin{array}..``
``\begin{cases} x & x > 0 \\ ..``             ``Cases(((x, condition), ..))``; the same for ``\left\{ \begin{array}``
``\cdots``, ``\vdots``, ``...``               ``Dots('cdots')``, ``Dots('vdots')``, ``Dots('ldots')``
``\underbrace{a}_{\text{why}}``               ``Braced(a, note=why)``
``\left. a \right|_{x=0}``                    ``Evaluated(a, sub=.., sup=None)``
``p(y|x)``                                    body is ``Given(y, x)``
============================================  ========================================================================

Every node has the ``span`` of the text it was read from; equality and ``repr`` do not look at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class Span(NamedTuple):
    """Half-open range of characters in the text of the file or cell that the formula stands in."""

    start: int
    end: int


NOWHERE = Span(-1, -1)  # of nodes that were made, not read


@dataclass(frozen=True)
class Node:
    """What every part of a formula has: the place it was read from."""

    span: Span = field(default=NOWHERE, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class Number(Node):
    r"""A number in the writer's digits (``0.5``, ``1e-7``); ``font`` tells ``\mathbb{1}`` and ``\mathbf{1}`` from 1."""

    text: str
    font: str = ""


@dataclass(frozen=True)
class Name(Node):
    r"""A letter, a word, or a run of letters and digits without a gap.

    Greek letters and symbols are spelled without backslash (``delta``, ``ell``, ``infty``, ``top``), ``δ`` too.
    ``font`` is ``""``, ``bf``, ``rm``, ``it``, ``sf``, ``tt``, ``cal``, ``bb``, ``frak``, ``scr``, ``text``,
    ``operatorname`` or ``command`` (``\exp``). ``whole``: the writer marked it as one word; a bare run such as
    ``XW1`` may be one name or the product of several. ``letters`` is where the letters themselves stand.
    """

    text: str
    font: str = ""
    whole: bool = False
    letters: Span = field(default=NOWHERE, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class Dots(Node):
    """What the writer leaves out: ``cdots``, ``ldots``, ``vdots``, ``ddots``."""

    kind: str


@dataclass(frozen=True)
class Blank(Node):
    r"""A place of an exercise that is not filled in, by its number: ``\boxed{(3)}``."""

    number: str


@dataclass(frozen=True)
class Mark(Node):
    """A sign that stands alone as a script: ``*``, ``+``, ``-``, ``dagger``, ``circ``."""

    text: str


@dataclass(frozen=True)
class Words(Node):
    r"""Prose inside a formula, with the mathematics in it left as text: ``\text{if } x``, ``データ数まで``."""

    text: str


@dataclass(frozen=True)
class Accent(Node):
    """``hat``, ``bar``, ``tilde``, ``vec``, ``dot``, ``overline``, ... over a part."""

    mark: str
    body: Node


@dataclass(frozen=True)
class Scripted(Node):
    r"""A part with scripts. ``before``: they stand in front, ``{}^t\!A``.

    ``Scripted(Scripted(W, sub=1), sub=ij)`` is ``{W_1}_{ij}``. Where both scripts are written on one base, they
    are in one node, in whichever order they were written.
    """

    base: Node
    sub: Node | None = None
    sup: Node | None = None
    primes: int = 0
    before: bool = False


@dataclass(frozen=True)
class Juxtaposition(Node):
    """Parts side by side without a sign between them: product, application of a function, or indexing."""

    factors: tuple[Node, ...]


@dataclass(frozen=True)
class Product(Node):
    """Parts with signs between them, flat, in the writer's order; one sign fewer than factors.

    Signs: ``cdot`` (also ``·``, ``・``), ``times``, ``ast`` (``*``), ``odot``, ``circ``, ``otimes``, ``bullet``,
    ``star``, ``slash``, ``div``, ``oslash``, ``dot`` (a full stop), ``at`` (``@``), ``bmod``.
    """

    factors: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True)
class Addition(Node):
    r"""Terms, each with its sign: ``+``, ``-``, ``pm``, ``mp``, ``oplus``, ``ominus``; a lone ``-a`` is one term."""

    terms: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True)
class Fraction(Node):
    r"""``\frac``, ``\dfrac``, ``\tfrac``, ``\over``."""

    top: Node
    bottom: Node


@dataclass(frozen=True)
class Root(Node):
    r"""``\sqrt[index]{body}``."""

    body: Node
    index: Node | None = None


@dataclass(frozen=True)
class Derivative(Node):
    r"""``∂ of / ∂ by``; ``of`` is None for the bare operator.

    ``mark`` is ``partial``, ``d`` or ``delta``, ``slash`` whether it is written on one line; ``order`` is the power
    of the ∂ above (``\partial^2``), None for one.
    """

    of: Node | None
    by: tuple[Node, ...]
    mark: str = "partial"
    slash: bool = False
    order: Node | None = None


@dataclass(frozen=True)
class Differential(Node):
    r"""``\partial L`` or ``\mathrm{d}W`` outside a derivative; a bare ``dW`` is a ``Name``."""

    mark: str
    body: Node


@dataclass(frozen=True)
class Nabla(Node):
    r"""``\nabla_{by} of``: ``of`` is the one part that follows, None where a sign or nothing follows."""

    by: Node | None
    of: Node | None
    sup: Node | None = None


@dataclass(frozen=True)
class Big(Node):
    r"""``sum``, ``prod``, ``max``, ``min``, ``argmax``, ``argmin``, ``lim``, ``int``, ``bigodot``, ..., with bounds.

    The body is the rest of the term: all that follows up to the next ``+``, ``-``, relation or closing bracket.
    ``sub`` is a ``Relations`` (``i=1``), a ``Name``, ``Commas``, or ``Rows`` of a ``\substack``.
    """

    kind: str
    body: Node
    sub: Node | None = None
    sup: Node | None = None


@dataclass(frozen=True)
class Bracketed(Node):
    r"""A part in brackets: ``( [ { | ‖ < ⌊ ⌈`` and their partners, ``.`` for the empty one of ``\left.``.

    The braces ``{`` are printed ones, ``\{``. Groups that only hold TeX together leave no trace, but for a sum that
    is one factor of several, ``\sum_i {a - b}``: its brackets are ``""``, for a reader sees none.
    """

    left: str
    right: str
    body: Node


@dataclass(frozen=True)
class Commas(Node):
    """A list; an empty place between two commas is not one."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Rows(Node):
    r"""The lines of a ``\substack``."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Matrix(Node):
    """Rows of cells in brackets; a cell left empty is None."""

    left: str
    right: str
    rows: tuple[tuple[Node | None, ...], ...]


@dataclass(frozen=True)
class Case(Node):
    """One line of a distinction: the condition is ``Relations``, ``Words`` (``otherwise``), or None."""

    value: Node
    condition: Node | None


@dataclass(frozen=True)
class Cases(Node):
    """A distinction of cases."""

    rows: tuple[Case, ...]


@dataclass(frozen=True)
class Braced(Node):
    """A part with a brace or a line over or under it, and what is written there."""

    body: Node
    note: Node | None
    kind: str = "underbrace"


@dataclass(frozen=True)
class Evaluated(Node):
    r"""``\left. a \right|_{x=0}``."""

    body: Node
    sub: Node | None = None
    sup: Node | None = None


@dataclass(frozen=True)
class Given(Node):
    """``y | x`` inside brackets."""

    left: Node
    right: Node


@dataclass(frozen=True)
class Relation(Node):
    r"""The sign between two sides, and what is written over it (``\stackrel{(a)}{=}``).

    ``=``, ``:=``, ``=:``, ``≡``, ``≜``, ``←``, ``→``, ``≈``, ``∝``, ``~``, ``≠``, ``<``, ``>``, ``≤``, ``≥``, ``∈``,
    ``∉``, ``⊂``, ``↦``, ``⇒``, ``⇔``, ``+=``, ``-=``, ``*=``; each in that one spelling, however the writer spelled it.
    """

    sign: str
    note: Node | None = None


@dataclass(frozen=True)
class Relations(Node):
    """Sides with relations between them, where they are part of a formula: a bound, a condition, an indicator."""

    sides: tuple[Node, ...]
    relations: tuple[Relation, ...]


def children(node: Node) -> list[Node]:
    """The nodes directly below, in the order of the fields."""
    found: list[Node] = []
    for value in vars(node).values():
        _gather(value, found)
    return found


def _gather(value: object, found: list[Node]) -> None:
    if isinstance(value, Node):
        found.append(value)
    elif isinstance(value, tuple):
        for item in value:
            _gather(item, found)


def within(node: Node) -> Iterator[Node]:
    """The node and all below it, parents first.

    >>> [n.text for n in within(Juxtaposition((Name("W"), Name("x")))) if isinstance(n, Name)]
    ['W', 'x']
    """
    stack = [node]
    while stack:
        here = stack.pop()
        yield here
        stack.extend(reversed(children(here)))
