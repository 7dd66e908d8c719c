r"""Back to LaTeX: what was read prints as the writer wrote it, what was made prints by its structure.

A tree may mix both: a repair keeps the writer's parts and makes new ones around them. Parts that came from a
macro of the writer's share one range of characters; for such formulas print without the text (``text=""``).
"""

from __future__ import annotations

from collections.abc import Callable

from derive.verifying.formula import (
    NOWHERE,
    Accent,
    Addition,
    Big,
    Blank,
    Braced,
    Bracketed,
    Cases,
    Commas,
    Derivative,
    Differential,
    Dots,
    Evaluated,
    Fraction,
    Given,
    Juxtaposition,
    Mark,
    Matrix,
    Nabla,
    Name,
    Node,
    Number,
    Product,
    Relation,
    Relations,
    Root,
    Rows,
    Scripted,
    Words,
)
from derive.verifying.latex import symbols
from derive.verifying.latex.marks import BRACKETS, FONTS, RELATIONS, SIGNS

_NEXT_ROW = r" \\ "
_ACCENTS = {"ring": "mathring"}
_DIFFERENTIALS = {"partial": r"\partial ", "d": "d", "delta": r"\delta "}


def latex(node: Node, text: str = "") -> str:
    r"""The LaTeX of a tree; ``text`` is what its ranges count in, "" to print everything by structure.

    >>> latex(Fraction(Name("a"), Addition((Name("beta"), Number("1")), ("+", "-"))))
    '\\frac{a}{\\beta - 1}'
    """
    if text and node.span != NOWHERE:
        return text[node.span.start : node.span.end].strip()
    return _WRITERS[type(node)](node, lambda part: latex(part, text))


Print = Callable[[Node], str]


def _name(node: Name, _: Print) -> str:
    word = node.text.replace("_", r"\_")
    if node.text in ("argmax", "argmin"):
        word = rf"\arg\{node.text[3:]}"
    elif (node.text in symbols.NAMES and not node.whole) or node.font == "command":
        word = rf"\{node.text}"
        if node.font == "bf":
            return rf"\boldsymbol{{{word}}}"
    return rf"\{FONTS[node.font]}{{{word}}}" if node.font in FONTS else word


def _number(node: Number, _: Print) -> str:
    return rf"\{FONTS[node.font]}{{{node.text}}}" if node.font in FONTS else node.text


def _scripted(node: Scripted, show: Print) -> str:
    sub = "" if node.sub is None else f"_{_braced(show(node.sub))}"
    sup = "" if node.sup is None else f"^{_braced(show(node.sup))}"
    if node.before:
        return rf"{{}}{sub}{sup}\!{show(node.base)}"
    if node.sup == Mark("!"):
        sup = "!"
    base = show(node.base)
    if looseness(node.base) > 0 or isinstance(node.base, (Scripted, Fraction)):
        base = f"{{{base}}}" if isinstance(node.base, Scripted) else rf"\left({base}\right)"
    return f"{base}{chr(39) * node.primes}{sub}{sup}"


def _braced(shown: str) -> str:
    return shown if len(shown) == 1 else f"{{{shown}}}"


def _juxtaposition(node: Juxtaposition, show: Print) -> str:
    *factors, last = node.factors
    return " ".join((*(_tight(f, 1, show) for f in factors), _tight(last, 2 if isinstance(last, Big) else 1, show)))


def _tight(node: Node, limit: int, show: Print) -> str:
    """A part, in brackets if it is looser than its place allows; one term with its sign needs none."""
    if isinstance(node, Addition) and len(node.terms) == 1 and limit > 1:
        return show(node)
    return rf"\left({show(node)}\right)" if looseness(node) > limit else show(node)


def looseness(node: Node) -> int:
    """0 for what holds together, 1 for factors side by side, 2 for products, 3 for sums, 4 for relations and lists."""
    if isinstance(node, (Relations, Commas)):
        return 4
    if isinstance(node, Addition):
        return 3
    if isinstance(node, (Product, Big)):
        return 2
    return int(isinstance(node, (Juxtaposition, Differential, Nabla)))


def _product(node: Product, show: Print) -> str:
    first, *others = node.factors
    shown = [_tight(first, 1, show), *(_tight(f, 2 if isinstance(f, (Big, Addition)) else 1, show) for f in others)]
    written = shown[0]
    for sign, factor in zip(node.signs, shown[1:], strict=True):
        mark = SIGNS.get(sign, rf"\{sign}")
        written += f"{mark}{factor}" if mark == "/" else f" {mark} {factor}"
    return written


def _addition(node: Addition, show: Print) -> str:
    written = ""
    for number, (term, sign) in enumerate(zip(node.terms, node.signs, strict=True)):
        mark = SIGNS.get(sign, sign)
        shown = rf"\left({show(term)}\right)" if looseness(term) > 2 else show(term)
        if number:
            written += f" {mark} {shown}"
        else:
            written = shown if sign == "+" and len(node.terms) > 1 else f"{mark}{shown}"
    return written


def _fraction(node: Fraction, show: Print) -> str:
    return rf"\frac{{{show(node.top)}}}{{{show(node.bottom)}}}"


def _derivative(node: Derivative, show: Print) -> str:
    mark = _DIFFERENTIALS[node.mark]
    order = "" if node.order is None else f"^{_braced(show(node.order))}"
    above = f"{mark.strip()}{order}" + ("" if node.of is None else mark[len(mark.strip()) :] + show(node.of))
    below = " ".join(f"{mark}{show(part)}" for part in node.by)
    return f"{above}/{below}" if node.slash else rf"\frac{{{above}}}{{{below}}}"


def _nabla(node: Nabla, show: Print) -> str:
    by = "" if node.by is None else f"_{_braced(show(node.by))}"
    sup = "" if node.sup is None else f"^{_braced(show(node.sup))}"
    return rf"\nabla{by}{sup}" + ("" if node.of is None else f" {show(node.of)}")


def _big(node: Big, show: Print) -> str:
    sub = "" if node.sub is None else f"_{{{show(node.sub)}}}"
    sup = "" if node.sup is None else f"^{_braced(show(node.sup))}"
    kind = rf"\arg\{node.kind[3:]}" if node.kind.startswith("arg") else rf"\{node.kind}"
    return f"{kind}{sub}{sup} {_tight(node.body, 2, show)}"


def _bracketed(node: Bracketed, show: Print) -> str:
    left, right = BRACKETS.get(node.left, node.left), BRACKETS.get(node.right, node.right)
    body = show(node.body)
    if not node.left and not node.right:
        return f"{{{body}}}"
    if "." in (node.left, node.right) or r"\frac" in body or r"\sum" in body or r"\begin" in body:
        return rf"\left{left.strip() or '.'} {body} \right{right.strip() or '.'}"
    return f"{left}{body}{right}"


def _matrix(node: Matrix, show: Print) -> str:
    rows = r" \\ ".join(" & ".join("" if c is None else show(c) for c in row) for row in node.rows)
    kind = {"(": "pmatrix", "[": "bmatrix", "|": "vmatrix", "{": "Bmatrix"}.get(node.left, "matrix")
    return rf"\begin{{{kind}}} {rows} \end{{{kind}}}"


def _cases(node: Cases, show: Print) -> str:
    rows = (show(r.value) + ("" if r.condition is None else f" & {show(r.condition)}") for r in node.rows)
    return rf"\begin{{cases}} {_NEXT_ROW.join(rows)} \end{{cases}}"


def relation(node: Relation) -> str:
    """The sign of a relation."""
    return RELATIONS.get(node.sign, node.sign)


def _relations(node: Relations, show: Print) -> str:
    written = show(node.sides[0])
    for sign, side in zip(node.relations, node.sides[1:], strict=True):
        written += f" {relation(sign)} {show(side)}"
    return written.strip()


def _evaluated(node: Evaluated, show: Print) -> str:
    sub = "" if node.sub is None else f"_{{{show(node.sub)}}}"
    sup = "" if node.sup is None else f"^{{{show(node.sup)}}}"
    return rf"\left. {show(node.body)} \right|{sub}{sup}"


def _braced_over(node: Braced, show: Print) -> str:
    note = "" if node.note is None else show(node.note)
    if node.kind.endswith("set"):
        return rf"\{node.kind}{{{note}}}{{{show(node.body)}}}"
    script = "_" if node.kind == "underbrace" else "^"
    return rf"\{node.kind}{{{show(node.body)}}}" + (f"{script}{{{note}}}" if note else "")


def _mark(node: Mark, _: Print) -> str:
    return SIGNS.get(node.text, rf"\{node.text}" if len(node.text) > 1 and node.text.isalpha() else node.text)


def _root(node: Root, show: Print) -> str:
    return rf"\sqrt{'' if node.index is None else '[' + show(node.index) + ']'}{{{show(node.body)}}}"


_WRITERS: dict[type[Node], Callable[..., str]] = {
    Name: _name,
    Number: _number,
    Scripted: _scripted,
    Juxtaposition: _juxtaposition,
    Product: _product,
    Addition: _addition,
    Fraction: _fraction,
    Root: _root,
    Derivative: _derivative,
    Differential: lambda node, show: (r"\mathrm{d}" if node.mark == "d" else r"\partial ") + show(node.body),
    Nabla: _nabla,
    Big: _big,
    Bracketed: _bracketed,
    Matrix: _matrix,
    Cases: _cases,
    Relations: _relations,
    Evaluated: _evaluated,
    Braced: _braced_over,
    Mark: _mark,
    Accent: lambda node, show: rf"\{_ACCENTS.get(node.mark, node.mark)}{{{show(node.body)}}}",
    Commas: lambda node, show: ", ".join(show(item) for item in node.items) + ("," if len(node.items) == 1 else ""),
    Rows: lambda node, show: rf"\substack{{{_NEXT_ROW.join(show(item) for item in node.items)}}}",
    Given: lambda node, show: rf"{show(node.left)} \mid {show(node.right)}",
    Dots: lambda node, show: rf"\{node.kind}",
    Words: lambda node, show: rf"\text{{{node.text}}}",
    Blank: lambda node, show: rf"\boxed{{({node.number})}}",
}
