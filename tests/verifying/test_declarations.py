"""A note says what its symbols are, wherever the block stands; a mistake in it is shown with the form."""

from __future__ import annotations

import pytest

from derive.errors import ChainruleError
from derive.verifying.declarations import Declarations, declarations, read_symbols
from derive.verifying.documents.reading import note

BLOCK = "symbols:\n  W1, W_2: param [D, 3]\n  \\delta^{[l]}: gradient of Z^{[l]}\n  T: [N, C], one-hot\nloss: E\n"


@pytest.mark.parametrize(
    ("text", "ending", "line"),
    [
        (f"---\ntitle: x\n{BLOCK}---\n$x$", ".md", 4),
        (f"text\n\n```symbols\n{BLOCK}```\n", ".md", 5),
        (f"<!--\n{BLOCK}-->\n", ".txt", 3),
        ("\\begin{document}\n" + "".join(f"% {line}\n" for line in BLOCK.splitlines()), ".tex", 3),
    ],
)
def test_a_block_is_found_where_the_format_has_room_for_it(text: str, ending: str, line: int) -> None:
    found = declarations(note(text, "a", ending).declarations)
    assert [(s.name, s.role, s.sizes, s.of, s.laws) for s in found.symbols] == [
        ("W1", "param", ("D", "3"), "", ()),
        ("W_2", "param", ("D", "3"), "", ()),
        ("\\delta^{[l]}", "gradient", None, "Z^{[l]}", ()),
        ("T", "", ("N", "C"), "", ("one-hot",)),
    ]
    assert found.loss == "E"
    assert found.symbols[0].line == line


def test_a_file_of_symbols_needs_no_word_before_them() -> None:
    found = read_symbols("W: param (D, H)  # weights\nforward: affine relu(x=1)\nf: function tanh\n", "s.txt")
    assert [(s.name, s.sizes, s.of) for s in found.symbols] == [("W", ("D", "H"), ""), ("f", None, "tanh")]
    assert found.forward == ("affine", "relu(x=1)")


def test_other_front_matter_is_left_alone() -> None:
    assert declarations(note("---\ntitle: W [D]\nloss: L\ntags:\n  - a: b\n---\n").declarations) == Declarations(
        loss="L"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("W: parm [D]", "'parm' is neither a role nor a property"),
        ("W: [D, -1]", "the size '-1' is neither a name nor a number"),
        ("W_{: [D]", "cannot be read"),
        ("W [D]", "'W [D]' is no declaration"),
        ("a: [D]\n" * 5000, "more than 20000 characters"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_the_form(text: str, message: str) -> None:
    with pytest.raises(ChainruleError) as caught:
        read_symbols(text, "s.txt")
    assert message in str(caught.value)
    if len(text) < 100:
        assert "s.txt, line 1" in str(caught.value)
        assert "X: input [N, D]" in str(caught.value)
