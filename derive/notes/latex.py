r"""Formulas of the document tree as LaTeX: one formula, or lines aligned at their equals signs.

The same text serves KaTeX, MathJax and LaTeX: ``aligned`` inside display mathematics, words in ``\text``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import derive.notes.latex_index
import derive.notes.latex_matrix
import derive.notes.latex_product  # noqa: F401  the printers register themselves
from derive.expression import Size
from derive.ledger import Gradient
from derive.matrix import Whole
from derive.notes.document import (
    Blank,
    Display,
    Figure,
    Formula,
    Grid,
    Line,
    Loss,
    Range,
    Shape,
    Share,
    Spelled,
    WrittenOut,
)
from derive.notes.forward_lines import equation_lines
from derive.notes.latex_index import says_its_size
from derive.notes.latex_lines import finish, lines
from derive.notes.latex_pieces import ATOM, NEGATIVE, RAISED, Piece, piece
from derive.notes.latex_width import width
from derive.notes.latex_words import words_in_maths
from derive.notes.notation import Spelling, spelling
from derive.notes.phrases import phrases
from derive.notes.telling import Telling
from derive.program import Program

PAGE = 38.0  # ems for a line with its reason, which fits on A4 and on a laptop's screen
WHOLE = 41.0  # for a line alone
LINE = 24.0  # both sides of a line that has a reason
REASON = 13.0  # at least for the reason, and ...
WIDEST_REASON = 19.0  # ... at most
SHAPE = 6.0  # for the shape of a line
NARROWEST = 8.0  # for a right side, however wide the left sides are
BETWEEN = " \\\\[4pt]\n"  # lines
GAP = r"\quad "  # before a column
SIGNS = (r"\cdot ", "+ ", "- ")  # that a line may begin with


def latex(formula: Formula, program: Program | None = None, profile: str = "partial") -> str:
    r"""A formula on one line.

    >>> from derive.expression import Access, Axis, Index, Size, total
    >>> d = Index("d", Axis("D"))
    >>> latex(total((d,), Access("x", (d,)) * (Access("y", (d,)) - 1)) / Size(Axis("N")))
    '\\frac{1}{N} \\sum_{d} x_{d} (y_{d} - 1)'
    """
    return one_line(formula, spelling(program, profile))


def program_latex(program: Program) -> str:
    """The forward equations, as display mathematics."""
    tell = Telling(program, None, "matrix", "brief", phrases("en"))
    shown = tuple(line for e in program.equations for line in equation_lines(e, tell))
    return f"$$\n{aligned(Display(shown), spelling(program))}\n$$"


def gradient_latex(gradient: Gradient) -> str:
    """The result in index notation and, where there is one, in matrix notation, as display mathematics."""
    shown = [Line(gradient.left, gradient.index)]
    if gradient.matrix is not None:
        shown.append(Line(Whole(None, None, gradient.left.tensor), gradient.matrix))
    return f"$$\n{aligned(Display(tuple(shown)), Spelling())}\n$$"


def one_line(formula: Formula, names: Spelling) -> str:
    """A formula on one line, in a given spelling."""
    return finish(piece(formula, names).text)


@piece.register
def _shape(shape: Shape, names: Spelling) -> Piece:
    shown = [piece(Size(a), names).text for a in shape.axes]
    return Piece(f"({', '.join(shown)}{',' if len(shown) == 1 else ''})")


@piece.register
def _share(share: Share, names: Spelling) -> Piece:
    of, through = piece(share.of, names).text, piece(Whole(None, None, share.through), names).text
    return Piece(rf"\left. {of} \right|_{{{through}}}", RAISED)


@piece.register
def _written_out(here: WrittenOut, names: Spelling) -> Piece:
    return Piece(names.quotient(here.of), RAISED)


@piece.register
def _loss(_: Loss, names: Spelling) -> Piece:
    return Piece(names.loss)


@piece.register
def _range(here: Range, names: Spelling) -> Piece:
    axis = here.index.axis
    size = f" = {piece(axis.extent, names).text}" if axis.extent is not None and not says_its_size(axis) else ""
    return Piece(rf"0 \le {piece(here.index, names).text} < {piece(Size(axis), names).text}{size}")


@piece.register
def _figure(figure: Figure, names: Spelling) -> Piece:
    return Piece(_figure_text(figure.digits), NEGATIVE if figure.digits.startswith("-") else ATOM)


@piece.register
def _grid(grid: Grid, names: Spelling) -> Piece:
    body = r" \\ ".join(" & ".join(map(_figure_text, row)) for row in grid.rows)
    return Piece(rf"\begin{{bmatrix}} {body} \end{{bmatrix}}")


@piece.register
def _spelled(here: Spelled, names: Spelling) -> Piece:
    return Piece(here.latex)


@piece.register
def _blank(blank: Blank, names: Spelling) -> Piece:
    return Piece(rf"\boxed{{\;({blank.number})\;}}")


def _figure_text(digits: str) -> str:
    """``1.5e-07`` as a power of ten; an ellipsis as dots."""
    front, _, power = digits.partition("e")
    return rf"{front} \cdot 10^{{{int(power)}}}" if power else digits.replace("…", r"\cdots")


@dataclass(frozen=True)
class Rows:
    """The lines of a display, and how many times as wide as a page the widest is; above 1 it must be set smaller."""

    lines: tuple[str, ...]
    excess: float

    def __str__(self) -> str:
        return BETWEEN.join(self.lines)


def aligned(display: Display, names: Spelling, between: str = BETWEEN) -> str:
    """The lines in an ``aligned``, to stand in display mathematics; ``between`` ends each line but the last."""
    return "\\begin{aligned}\n" + between.join(rows(display, names).lines) + "\n\\end{aligned}"


def rows(display: Display, names: Spelling) -> Rows:
    """The aligned lines: left, right, then the columns of reasons and of shapes, if any line has one."""
    reasons = any(line.reason for line in display.lines)
    shapes = any(line.shape for line in display.lines)
    lefts = [one_line(line.left, names) if line.left is not None else "" for line in display.lines]
    left_width = max(map(width, lefts))
    limit = max((LINE if reasons else PAGE - SHAPE * shapes) - left_width, NARROWEST)
    rights = [lines(piece(line.right, names).text, limit) for line in display.lines]
    most = PAGE - left_width - REASON * reasons - SHAPE * shapes
    widths = [width(part) for broken in rights for part in broken]
    room = min(max(REASON, PAGE - left_width - max((w for w in widths if w <= most), default=0)), WIDEST_REASON)
    spelled = partial(one_line, names=names)
    shown: list[str] = []
    for line, left, (first, *others) in zip(display.lines, lefts, rights, strict=True):
        row, beside = f"{left} &= {_apart(first, most)}".lstrip(), ""
        if reasons:
            beside += f" && {GAP}{words_in_maths(line.reason, room, spelled)}" if line.reason else " &&"
        if shapes:
            beside += f" && {GAP}{one_line(line.shape, names)}" if line.shape else " &&"
        parts = [rf"&\quad {{}}{_apart(other, most)}" for other in others]
        if not _is_apart(first, most):
            shown += [(row + beside).rstrip(" &"), *parts]
        elif others and not _is_apart(others[-1], most):
            shown += [row, *parts[:-1], (parts[-1] + beside).rstrip(" &")]
        else:
            shown += [row, *parts, *([f"&{beside}"] if beside.strip(" &") else [])]
    return Rows(tuple(shown), (left_width + max(widths)) / WHOLE)


def _is_apart(formula: str, most: float) -> bool:
    """Whether a formula is too wide for its column."""
    return most < width(formula)


def _apart(formula: str, most: float) -> str:
    """Such a formula does not count for the width of its column, and nothing stands beside it."""
    if not _is_apart(formula, most):
        return formula
    sign = next((s for s in SIGNS if formula.startswith(s)), "")
    return rf"{sign}\mathrlap{{{formula.removeprefix(sign)}}}"
