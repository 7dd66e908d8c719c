"""The gates let good work pass and stop bad work; a gate that accepts everything would prove nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gates import katex as katex_gate
from tests.gates import mermaid as mermaid_gate
from tests.gates import tex as tex_gate

ROOT = Path(__file__).parents[1]

GOOD_FORMULAS = [
    r"\bm{dW} = \bm{X}^{\mathsf T} \bm{\bar U}",
    r"\begin{aligned} \bar z_i &= p_i - y_i && \text{collapse } \delta_{ij} \end{aligned}",
    r"\frac{\partial L}{\partial X_{nd}} = \sum_{k} \bar U_{nk} W_{dk}",
    r"\begin{cases} 1 & x > 0 \\ 0 & \text{otherwise} \end{cases}",
]
BAD_FORMULAS = {
    "an open brace": r"\frac{a}{",
    "an unknown macro": r"\gradient{W}",
    "a character that LaTeX lacks": "重み W",
    "a double superscript": "x^2^3",
    "a lonely \\right": r"a \right)",
    "an alignment outside its environment": "a &= b",
}


def test_katex_accepts_what_latex_accepts(katex):
    assert katex(GOOD_FORMULAS) == [None] * len(GOOD_FORMULAS)


@pytest.mark.parametrize("formula", BAD_FORMULAS.values(), ids=BAD_FORMULAS.keys())
def test_katex_refuses(katex, formula):
    complaint, neighbour = katex([formula, "a + b"])
    assert complaint
    assert neighbour is None


def test_katex_knows_inline_from_display(katex):
    equation = r"a = b \tag{1}"
    assert katex([equation]) == [None]
    assert "tag" in katex([equation], display=False)[0]


def test_katex_lets_the_interpreter_end():
    program = r"from tests.gates.katex import check; print(check(['a', r'\frac{a}{']))"
    python = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert python.returncode == 0, python.stderr
    assert python.stdout.startswith("[None, ")


@pytest.mark.node
def test_the_vendored_katex_is_the_published_one():
    published = mermaid_gate.node_modules() / "katex" / "dist" / "katex.min.js"
    assert katex_gate.VENDORED.read_bytes() == published.read_bytes()


GOOD_GRAPHS = [
    'flowchart LR\n  X["X<br/>(N, D)"] --> U(("matmul"))\n  W -->|"2.2"| U',
    'flowchart TD\n  subgraph layer1\n    a --> b\n  end\n  b -. "∂L/∂b" .-> a\n  classDef s fill:#eee\n  class a s',
]
BAD_GRAPHS = {
    "an arrow to nowhere": "flowchart LR\n  a -->",
    "an open bracket": "flowchart LR\n  a[Affine --> b",
    "an unquoted label with brackets": "flowchart LR\n  a[X (N, D)] --> b",
    "no graph at all": "backward",
    "an unfinished subgraph": "flowchart LR\n  subgraph one\n  a --> b",
}


def test_mermaid_accepts_good_graphs(mermaid):
    assert mermaid(GOOD_GRAPHS) == [None] * len(GOOD_GRAPHS)


def test_mermaid_refuses_each_bad_graph_and_only_these(mermaid):
    good, *bad, also_good = mermaid([GOOD_GRAPHS[0], *BAD_GRAPHS.values(), GOOD_GRAPHS[1]])
    accepted = [name for name, complaint in zip(BAD_GRAPHS, bad, strict=True) if not complaint]
    assert accepted == []
    assert (good, also_good) == (None, None)


def document(body: str) -> str:
    packages = r"\usepackage{amsmath,bm,mathtools,geometry,booktabs}"
    return f"\\documentclass{{article}}\n{packages}\n\\begin{{document}}\n{body}\n\\end{{document}}\n"


def test_tex_compiles_a_document(tex):
    compiled = tex(document(r"\[ \bm{X} \coloneqq \begin{dcases} 1 & x > 0 \\ 0 & \text{else} \end{dcases} \]"))
    assert compiled.pdf.read_bytes().startswith(b"%PDF")
    assert compiled.overfull == []
    assert "Output written" in compiled.log


def test_tex_settles_references(tex):
    tex(document(r"As (\ref{first}) says: \begin{equation} a = b \label{first} \end{equation}"))


def test_tex_reports_what_sticks_out_of_the_page(tex):
    (line,) = tex(document(r"\noindent\rule{2\textwidth}{1pt}")).overfull
    assert "too wide" in line


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (r"\[ \gradient W \]", "Undefined control sequence"),
        (r"\[ \frac{a}{ \]", "File ended while scanning"),
        ("$$\\begin{align} a &= b \\end{align}$$", "Erroneous nesting of equation structures"),
        ("\\begin{align*} a\n\n b \\end{align*}", "Paragraph ended"),
        (r"See \ref{nowhere}.", "undefined references"),
        ("重み", "Unicode character"),
    ],
    ids=["command", "brace", "align in display", "blank line", "reference", "character"],
)
def test_tex_refuses(tex, body, complaint):
    with pytest.raises(tex_gate.TexError, match=complaint):
        tex(document(body))


def test_tex_names_the_line_of_an_error(tex):
    with pytest.raises(tex_gate.TexError, match=r"document\.tex:4: Undefined control sequence"):
        tex(document(r"\undefinedcommand"))


def test_tex_runs_no_shell_command(tex):
    """Not even one of those that TeX's default, the restricted shell, would let through."""
    log = tex(document(r"\immediate\write18{kpsewhich article.cls}")).log
    assert "runsystem(kpsewhich article.cls)...disabled." in log


@pytest.mark.parametrize(("ci", "outcome"), [("", "1 skipped"), ("1", "1 error")])
def test_a_missing_tool_skips_here_and_fails_in_ci(tmp_path, ci, outcome):
    """A test that needs node, run where the modules of node are not."""
    environment = {**os.environ, "CHAINRULE_CI": ci, "CHAINRULE_NODE_MODULES": str(tmp_path)}
    environment.pop("PYTEST_ADDOPTS", None)  # CI's -n is an option of xdist, which would start this test again
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "-p", "no:xdist"]
    chosen = f"{__file__}::test_mermaid_accepts_good_graphs"
    inner = subprocess.run([*command, chosen], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert outcome in inner.stdout.splitlines()[-1]
    assert "no mermaid and jsdom" in inner.stdout
