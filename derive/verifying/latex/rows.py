r"""The lines of a display: split at ``\\``, those that only carry on the one before joined to it again."""

from __future__ import annotations

from derive.verifying.latex.cursor import partners
from derive.verifying.latex.symbols import ADDITIVE, CLOSING, OPENING, each
from derive.verifying.latex.token import Token

# environments that hold whole formulas when they are all of a display
LINED = frozenset(
    each(
        "align align* aligned alignat alignat* alignedat split gather gather* gathered multline multline* eqnarray "
        "eqnarray* flalign flalign* equation equation* displaymath math dmath dmath* subequations array darray cases "
        "dcases rcases matrix IEEEeqnarray IEEEeqnarray* xalignat xalignat* empheq"
    )
)
WITH_ARGUMENT = frozenset(each("alignat alignat* alignedat xalignat xalignat* array darray IEEEeqnarray IEEEeqnarray*"))
ONE_FORMULA = frozenset(each("multline multline* dmath dmath*"))
_DISTINCTIONS = frozenset(each("array darray cases dcases rcases matrix"))
ALIGNED = LINED - _DISTINCTIONS  # their columns are layout, not cells


def lines(found: list[Token], environment: str = "") -> list[list[Token]]:
    """The tokens of each line of a display whose outer environment, if any, is already taken off."""
    if environment in WITH_ARGUMENT:
        found = _without_argument(found)
    unwrapped, name, around = _unwrapped(found)
    if unwrapped is not None:
        inner = lines(unwrapped, name)
        if inner and around:
            inner[-1] = inner[-1] + around
        return inner
    split = _split(found)
    if environment in ONE_FORMULA:
        return [[token for line in split for token in line]] if found else []
    return _joined(split)


def _without_argument(found: list[Token]) -> list[Token]:
    """Without the ``{3}`` of ``alignat`` and the ``{rcl}`` of ``array``."""
    if not found or found[0].kind != "open":
        return found
    depth = 0
    for number, token in enumerate(found):
        depth += {"open": 1, "close": -1}.get(token.kind, 0)
        if depth == 0:
            return found[number + 1 :]
    return found


def _unwrapped(found: list[Token]) -> tuple[list[Token] | None, str, list[Token]]:
    """The inside of an environment that is all of a display but for tags and marks around it."""
    begin = next((n for n, token in enumerate(found) if token.kind not in ("tag", "quad", "amp")), 0)
    brace = begin
    if begin < len(found) and found[begin].kind == "bracket" and found[begin].side == "left":
        begin += 1
    if begin >= len(found) or found[begin].kind != "begin" or found[begin].text not in LINED:
        return None, "", []
    end = partners(found)[begin]
    behind = found[end + 1 :]
    if begin > brace:
        if not behind or behind[0].side != "right":
            return None, "", []
        behind = behind[1:]
    if any(token.kind not in ("tag", "dot", "comma", "quad", "row", "amp") for token in behind):
        return None, "", []
    name, inside = found[begin].text, found[begin + 1 : end]
    if name in _DISTINCTIONS and not _is_system(inside, name):
        return None, "", []
    if name in _DISTINCTIONS:
        inside = _without_columns_of_signs(inside)
    return inside, name, [*found[:brace], *(token for token in behind if token.kind == "tag")]


def _is_system(found: list[Token], name: str) -> bool:
    """Whether every line of an array is an equation, not a value with its condition."""
    body = _without_argument(found) if name in WITH_ARGUMENT else found
    rows = [row for row in _split(body) if row]
    return bool(rows) and all(_equates(row) for row in rows)


def _without_columns_of_signs(found: list[Token]) -> list[Token]:
    """The lines of a system without the columns that only set its relations apart: ``a &=& b``."""
    related = {n for n, token in enumerate(found) if token.kind == "relation"}
    return [t for n, t in enumerate(found) if t.kind != "amp" or not {n - 1, n + 1} & related]


def _equates(row: list[Token]) -> bool:
    depth = 0
    for token in row:
        depth += {"open": 1, "begin": 1, "close": -1, "end": -1}.get(token.kind, 0)
        if token.kind == "bracket":
            depth += (token.text in OPENING) - (token.text in CLOSING)
        if depth == 0 and token.kind == "relation" and token.text in ("=", ":=", "≡", "≜", "←", "≈"):
            return True
    return False


def _split(found: list[Token]) -> list[list[Token]]:
    made: list[list[Token]] = [[]]
    depth = 0
    for token in found:
        depth += {"open": 1, "begin": 1, "close": -1, "end": -1}.get(token.kind, 0)
        if token.kind == "row" and depth <= 0:
            made.append([])
        else:
            made[-1].append(token)
    return [row for row in made if any(token.kind not in ("amp", "quad") for token in row)]


def _joined(split: list[list[Token]]) -> list[list[Token]]:
    made: list[list[Token]] = []
    for row in split:
        if made and (_carries_on(row) or _wants_more(made[-1]) or all(t.kind == "tag" for t in row)):
            main, aside = _with_aside(made[-1])
            made[-1] = _without_layout(main) + _without_layout(row) + aside
        elif made and row[0].text == "wide" and _first(row).kind in ("words", "begin", "bracket"):
            made[-1] = made[-1] + row  # a remark that stands in the last column, one line below
        else:
            made.append(row)
    return made


def _first(row: list[Token]) -> Token:
    """The first token of a line that is no layout."""
    return next(token for token in row if token.kind not in ("amp", "quad"))


def _with_aside(row: list[Token]) -> tuple[list[Token], list[Token]]:
    """A line and the remark in its last column, which stands behind the line that carries it on."""
    depth = 0
    for number, token in enumerate(row):
        depth += {"open": 1, "begin": 1, "close": -1, "end": -1}.get(token.kind, 0)
        after = row[number + 1].kind if number + 1 < len(row) else ""
        wide = token.text == "wide" or after in ("amp", "quad", "words")
        if depth == 0 and number and token.kind == "amp" and wide:
            return row[:number], row[number:]
    return row, []


def _without_layout(row: list[Token]) -> list[Token]:
    """Without the columns and wide spaces at both ends."""
    begin = next(n for n, token in enumerate(row) if token.kind not in ("amp", "quad"))
    end = next(n for n in range(len(row), 0, -1) if row[n - 1].kind not in ("amp", "quad"))
    return row[begin:end]


def _carries_on(row: list[Token]) -> bool:
    """Whether a line begins with a sign that needs something in front of it."""
    written = [token for token in row if token.kind not in ("amp", "quad")]
    first = written[0]
    if first.kind == "bracket" and first.side == "right":
        return True
    if first.kind != "sign" or len(written) == 1:
        return False
    if first.text not in ADDITIVE:
        return True
    return first.text == "+" or row[0].kind in ("amp", "quad") or not _equates(row)


def _wants_more(row: list[Token]) -> bool:
    """Whether a line ends in the middle: behind a sign, a relation or inside a bracket."""
    written = [token for token in _with_aside(row)[0] if token.kind not in ("amp", "quad", "tag")]
    if not written:
        return False
    if written[-1].kind in ("sign", "relation"):
        return True
    return _open_brackets(written) > 0


def _open_brackets(row: list[Token]) -> int:
    depth = 0
    for token in row:
        if token.kind == "bracket":
            opening = token.side == "left" or (token.text in OPENING and not token.side)
            closing = token.side == "right" or (token.text in CLOSING and not token.side)
            depth += opening - closing
    return depth
