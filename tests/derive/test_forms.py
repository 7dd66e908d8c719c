"""Every form of the notes, one after the other: nothing is looked up outside, the same bytes whatever the hash seed."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import derive
from codegen.notebook import render as notebook
from derive.book import bound, chapters
from derive.outputs import latex, names, pdf, rendered

ROOT = Path(__file__).parents[2]
LAYERS = ("batch_norm", "softmax_cross_entropy", "rnn")
FETCHED = re.compile(r"""(?:src|href|url|import|input|include)\W{0,4}(?:https?:)?//|@preview|<link\b|XMLHttpRequest""")

HASHES = """
import hashlib, sys
import derive
from codegen.notebook import render
from derive.book import bound, chapters
from derive.outputs import html, names, rendered
for layer in sys.argv[1:]:
    derivation = derive.derive(derive.load(layer))
    made = {form: rendered(derivation, form) for form in names() if form != "pdf"} | {"ipynb": render(derivation)}
    for form, content in made.items():
        print(layer, form, hashlib.sha256(content if isinstance(content, bytes) else content.encode()).hexdigest())
book = html.of_documents(bound(chapters(sys.argv[1:], language="ja"), "ja"))
print("book", hashlib.sha256(book.encode()).hexdigest())
"""


def hashes(seed: str) -> str:
    """What another interpreter, with another hash seed, makes of every form."""
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", HASHES, *LAYERS]
    done = subprocess.run(command, capture_output=True, check=True, env=environment, timeout=300, text=True)
    return done.stdout


def test_the_same_bytes_whatever_the_hash_seed() -> None:
    first = hashes("1")
    assert len(first.splitlines()) == len(LAYERS) * len(names()) + 1
    assert first == hashes("7")


def test_a_pdf_is_the_same_whatever_the_hash_seed(pages: Any) -> None:
    program = "import sys, derive; from derive.outputs import rendered\n"
    program += "sys.stdout.buffer.write(rendered(derive.derive(derive.load('rnn')), 'pdf'))"
    digests = set()
    for seed in ("1", "7"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment)
        assert done.stdout.startswith(b"%PDF")
        digests.add(hashlib.sha256(done.stdout).hexdigest())
    assert len(digests) == 1


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket leads anywhere."""

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("something asks for the network")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refused)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refused)


@pytest.mark.parametrize("form", [*(n for n in names() if n != "pdf"), "ipynb"])
def test_no_form_asks_for_the_network(form: str, offline: None) -> None:
    """Neither when it is made nor in what it holds."""
    derivation = derive.derive(derive.load("layer_norm"))
    made = notebook(derivation) if form == "ipynb" else rendered(derivation, form)
    assert isinstance(made, str)
    assert not FETCHED.search(made)


def test_what_would_be_fetched_is_noticed() -> None:
    """The pattern itself."""
    for text in (
        '<img src="https://a.b/c.png">',
        "@import url(//a.b/c.css)",
        '#import "@preview/x:0.1"',
        "<link rel=x>",
    ):
        assert FETCHED.search(text)


def test_the_book_through_tex(tex: Any) -> None:
    """Where there is no Typst: contents with the pages of the chapters, their graphs, the index."""
    documents = bound(chapters(["affine", "relu", "two_layer_net"]))
    source = latex.of_documents(documents)
    compiled = tex(source)
    assert compiled.overfull == []
    made = pdf.from_tex(source, "en")
    assert made.startswith(b"%PDF")
    text = subprocess.run(["pdftotext", compiled.pdf, "-"], capture_output=True, check=True, timeout=60).stdout.decode()
    assert "??" not in text
    assert "Contents" in text
    assert "Index of symbols" in text
    assert text.count("Computation graph") == 3
    starts = [page for page, shown in enumerate(text.split("\f"), 1) if "forward and backward pass" in shown]
    assert [f"({page})" in text for page in starts] == [True] * 3
