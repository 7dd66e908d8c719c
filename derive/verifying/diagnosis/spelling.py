r"""A changed formula in the writer's own spelling: what was not changed is copied from the note, letter by letter."""

from __future__ import annotations

from derive.verifying.formula import (
    NOWHERE,
    Accent,
    Addition,
    Big,
    Bracketed,
    Commas,
    Derivative,
    Fraction,
    Juxtaposition,
    Name,
    Node,
    Number,
    Product,
    Relations,
    Scripted,
)

SIGNS = {
    "cdot": r" \cdot ", "times": r" \times ", "ast": " * ", "odot": r" \odot ", "circ": r" \circ ", "slash": " / ",
    "at": " @ ", "otimes": r" \otimes ", "bullet": r" \bullet ", "div": r" \div ", "oslash": r" \oslash ",
    "dot": ".", "star": r" \star ",
}  # fmt: skip
FONTS = {"bf": r"\mathbf", "rm": r"\mathrm", "sf": r"\mathsf", "cal": r"\mathcal", "bb": r"\mathbb", "it": r"\mathit"}
BRACKETS = {"‖": r"\|", "{": r"\{", "}": r"\}", "⟨": r"\langle", "⟩": r"\rangle"}
BIGS = {"sum": r"\sum", "prod": r"\prod", "max": r"\max", "min": r"\min"}


def spelled(node: Node, text: str) -> str:
    """The node as LaTeX; ``text`` is what the spans of nodes that were read count in."""
    if node.span != NOWHERE and 0 <= node.span.start < node.span.end <= len(text):
        return text[node.span.start : node.span.end].strip()
    match node:
        case Name():
            return _name(node)
        case Number(number, font):
            return rf"{FONTS[font]}{{{number}}}" if font in FONTS else number
        case Accent(mark, body):
            return rf"\{mark}{{{spelled(body, text)}}}"
        case Scripted(base, sub, sup, primes, _):
            below = f"_{{{spelled(sub, text)}}}" if sub is not None else ""
            above = f"^{{{spelled(sup, text)}}}" if sup is not None else ""
            inner = spelled(base, text)
            if isinstance(base, (Scripted, Derivative, Fraction)):
                inner = rf"\left({inner}\right)" if not isinstance(base, Scripted) else f"{{{inner}}}"
            return inner + "'" * primes + below + above
        case Juxtaposition(factors):
            return " ".join(_factor(f, text) for f in factors)
        case Product(factors, signs):
            parts = [_factor(f, text) for f in factors]
            return parts[0] + "".join(SIGNS.get(s, " ") + p for s, p in zip(signs, parts[1:], strict=True))
        case Addition(terms, signs):
            return _added(terms, signs, text)
        case Fraction(top, bottom):
            return rf"\frac{{{spelled(top, text)}}}{{{spelled(bottom, text)}}}"
        case Derivative(of, by, _, _, _):
            above = spelled(of, text) if of is not None else ""
            return rf"\frac{{\partial {above}}}{{\partial {' '.join(spelled(b, text) for b in by)}}}"
        case Big(kind, body, sub, sup):
            below = f"_{{{spelled(sub, text)}}}" if sub is not None else ""
            above = f"^{{{spelled(sup, text)}}}" if sup is not None else ""
            return f"{BIGS.get(kind, chr(92) + kind)}{below}{above} {_factor(body, text)}"
        case Bracketed(left, right, body):
            return rf"\left{BRACKETS.get(left, left)} {spelled(body, text)} \right{BRACKETS.get(right, right)}"
        case Commas(items):
            return ", ".join(spelled(i, text) for i in items)
        case Relations(sides, relations):
            return spelled(sides[0], text) + "".join(
                f" {r.sign} {spelled(s, text)}" for r, s in zip(relations, sides[1:], strict=True)
            )
    return "?"


def _added(terms: tuple[Node, ...], signs: tuple[str, ...], text: str) -> str:
    first, *rest = (spelled(t, text) for t in terms)
    shown = first if signs[0] == "+" else f"-{first}"
    return shown + "".join(f" {s} {t}" for s, t in zip(signs[1:], rest, strict=True))


def _factor(node: Node, text: str) -> str:
    shown = spelled(node, text)
    return rf"\left({shown}\right)" if isinstance(node, Addition) else shown


def _name(node: Name) -> str:
    greek = len(node.text) > 1 and node.font == "" and node.text.isalpha() and node.text.islower()
    if node.font == "command" or (greek and not node.whole):
        return "\\" + node.text
    return rf"{FONTS[node.font]}{{{node.text}}}" if node.font in FONTS else node.text
