"""Layer text to a syntax tree with positions: our own grammar, never Python's, so that reading executes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from lark import Lark, Token, UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken
from lark.lark import PostLex

from derive.errors import LayerTextError
from derive.reading import guard, numpy_words
from derive.reading.source import Node, Source, did_you_mean

SPELLED = {
    "NAME": "a name", "NUMBER": "a number", "STRING": "a text in quotes", "COMPARE": "a comparison", "DOTS": "'...'",
    "PLUS": "'+'", "MINUS": "'-'", "STAR": "'*'", "SLASH": "'/'", "FLOOR": "'//'", "REST": "'%'",
    "AT": "'@'", "POWER": "'**'", "DOT": "'.'", "_PRIME": "a prime",
    "LPAR": "'('", "RPAR": "')'", "LSQB": "'['", "RSQB": "']'", "COMMA": "','", "COLON": "':'", "EQUAL": "'='",
    "_NEWLINE": "the end of the line", "SEMICOLON": "';'", "$END": "the end",
}  # fmt: skip
KINDS: tuple[tuple[set[str], str], ...] = (  # what is said in one word, where all of it could have come
    ({"NAME", "NUMBER", "LPAR", "LSQB"}, "a value"),
    ({"PLUS", "MINUS", "STAR", "SLASH", "FLOOR", "REST", "AT"}, "an operator"),
    ({"_NEWLINE", "SEMICOLON"}, "the end of the line"),
)
COVERED = {  # what else then goes without saying
    "a value": {"PLUS", "MINUS"},
    "an operator": {"POWER", "COMPARE", "DOT", "LPAR", "LSQB", "STRING", "EQUAL"},
    "the end of the line": {"$END", "COMMA", "STRING"},
}


class _NewlinesInBrackets(PostLex):
    """Drops the line ends that stand inside brackets."""

    always_accept = ("_NEWLINE",)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        depth = 0
        for token in stream:
            if token.type in ("LPAR", "LSQB"):
                depth += 1
            elif token.type in ("RPAR", "RSQB"):
                depth -= 1
            if token.type != "_NEWLINE" or depth == 0:
                yield token


@dataclass(frozen=True)
class Syntax:
    """A layer as written: its name, its sentence, its hyperparameters, its statements in order."""

    source: Source
    name: str
    summary: str
    hypers: tuple[Node, ...]
    declarations: tuple[Node, ...]
    equations: tuple[Node, ...]
    statements: tuple[Node, ...]


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = files("derive.reading").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar,
        parser="lalr",
        start=["start", "spec"],
        propagate_positions=True,
        maybe_placeholders=False,
        postlex=_NewlinesInBrackets(),
        tree_class=Node,
    )


def tree(source: Source, start: str = "start") -> Node:
    """The syntax tree of a text that has passed the guard."""
    try:
        found = _parser().parse(source.text, start=start)
    except UnexpectedInput as fault:
        raise _explained(source, fault) from None
    if not isinstance(found, Node):
        raise source.error_at("the text is empty", 1, 1)
    _check_depth(source, found)
    _name_ranges(found)
    return found


def _name_ranges(root: Node) -> None:
    """Where letters are bound ``i: 3`` says how far one runs; anywhere else it is a slice, from i to 3."""
    for node in root.within():
        if node.data in ("reduction", "indexed_target"):
            items = node.children[1].children
            for place, item in enumerate(items):
                parts = [(p.data, p.children[0]) for p in item.children] if item.data == "slice" else []
                if [kind for kind, _ in parts] == ["begin", "end"] and parts[0][1].data == "name":
                    items[place] = Node("ranged", [parts[0][1].children[0], parts[1][1]], item.meta)


def read_syntax(text: object, origin: str = "") -> Syntax:
    """A layer's text as `Syntax`; what stands in the wrong place (a second header, a stray text) is an error."""
    source = guard.normalised(text, origin)
    statements = [s for s in tree(source).children if not isinstance(s, Token)]
    name, summary = "layer", ""
    hypers: tuple[Node, ...] = ()
    if statements and statements[0].data == "header":
        header = statements.pop(0)
        name = str(header.children[0])
        fault = guard.name_fault(name)
        if fault:
            raise source.error(f"the name of the layer: {fault}", header.children[0], "choose another name")
        hypers = _hypers(header)
    if statements and statements[0].data == "summary":
        summary = unquoted(statements.pop(0).children[0])
    for s in statements:
        if s.meta.end_pos - s.meta.start_pos > guard.MAX_LINE:
            raise source.error(f"a statement has at most {guard.MAX_LINE} characters", s, "name parts of it")
        if s.data == "header":
            raise source.error("a layer begins here, but one text holds one layer", s, "put it in a file of its own")
        if s.data == "summary":
            raise source.error(
                "a text on its own says what the layer is; it stands at the top",
                s,
                'a meaning stands at the end of a declaration: X: input [N, D] "one sample a row"',
            )
    declarations = tuple(s for s in statements if s.data == "declaration")
    equations = tuple(s for s in statements if s.data == "equation")
    if not equations:
        end = source.text.rstrip()
        line = end.count("\n") + 1
        raise source.error_at(
            "the layer has no equation", line, len(end) - end.rfind("\n"), "write one, such as y = exp(x)"
        )
    return Syntax(source, name, summary, hypers, declarations, equations, tuple(statements))


def read_spec(text: str) -> tuple[Source, str, tuple[Node, ...]]:
    """``name(hyper=value, ...)``: the text, the name, and the hyperparameters as written."""
    source = guard.normalised(text)
    spec = tree(source, start="spec")
    return source, str(spec.children[0]), _hypers(spec)


def unquoted(token: object) -> str:
    """What stands between the quotes."""
    return str(token)[1:-1].strip()


def _hypers(node: Node) -> tuple[Node, ...]:
    for child in node.children:
        if not isinstance(child, Token) and child.data == "hypers":
            return tuple(h for h in child.children if not isinstance(h, Token))
    return ()


def _check_depth(source: Source, root: Node) -> None:
    """Refuse a tree that is too deep for a recursive reader; itself iterative, for the same reason."""
    stack = [(root, 0)]
    while stack:
        here, depth = stack.pop()
        if depth > guard.MAX_DEPTH:
            raise source.error(
                f"the expression is nested more than {guard.MAX_DEPTH} deep", here, "name the inner parts"
            )
        # in A @ B @ C each product is nested in the next, although the tree is flat
        below = depth + 1 + sum(1 for c in here.children if isinstance(c, Token) and c.type == "AT")
        stack.extend((c, below) for c in here.children if not isinstance(c, Token))


def _explained(source: Source, fault: UnexpectedInput) -> LayerTextError:
    """Lark's complaint in the words of the language."""
    if isinstance(fault, UnexpectedCharacters):
        char = source.text[fault.pos_in_stream or 0]
        return source.error_at(
            f"unexpected {char!r}",
            fault.line,
            fault.column,
            numpy_words.CHARACTERS.get(char, "see derive.reading for the layer language"),
        )
    if isinstance(fault, UnexpectedEOF) or not isinstance(fault, UnexpectedToken):
        return source.error_at("the text ends too early", 1, 1)
    token = fault.token
    if token.type == "$END":
        line, column = source.text.count("\n") + 1, len(source.text) - source.text.rfind("\n")
        return source.error_at(f"the text ends too early; expected {_expected(fault)}", line, column)
    given = "the end of the line" if token.type == "_NEWLINE" else f"{str(token)[:40]!r}"
    message = f"unexpected {given}; expected {_expected(fault)}"
    return source.error_at(message, token.line or 1, token.column or 1, _remedy(source, token))


def _expected(fault: UnexpectedToken) -> str:
    """What could have come, in a few words."""
    wanted = set(fault.accepts or fault.expected)
    words: list[str] = []
    for kinds, word in KINDS:
        if wanted >= kinds:
            words.append(word)
            wanted -= kinds | COVERED.get(word, set())
    words += sorted(SPELLED.get(w, w.lower()) for w in wanted)
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _remedy(source: Source, token: Token) -> str:
    """The next action for the slips that people make most."""
    before = source.text[: token.start_pos].rstrip(" \t")
    last = before[-1:]
    if known := numpy_words.remedy(before, str(token)):
        return known
    if token.type in ("NAME", "NUMBER", "LPAR") and (last.isalnum() or last in ")]"):
        word = before.split()[-1] if before.split() else ""
        near = did_you_mean(word, ("layer",), otherwise="") if token.type == "NAME" else ""
        return near if near.startswith("did") else "write * between factors"
    if token.type == "EQUAL":
        return "an equation is written with one =" if last == "=" else "a comparison is written =="
    return ""
