"""NumPy code read as a program: shapes found, idioms undone, all else refused with its line; nothing executed."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from derive.program import Program
from derive.reading import parse, read_tensors
from derive.reading.numpy_source import Unreadable, read_numpy


def shapes(program: Program) -> dict[str, tuple[str, ...]]:
    return {t.name: tuple(a.name for a in t.axes) for t in program.given}


def lines(program: Program) -> list[str]:
    return [f"{e.left} = {e.right}" for e in program.equations]


def test_shapes_are_found_from_what_fits() -> None:
    code = "def forward(X, W1, b1, W2):\n    Z = np.tanh(np.dot(X, W1) + b1)\n    return Z @ W2"
    found = read_numpy(code)
    assert shapes(found) == {"X": ("N", "D"), "W1": ("D", "H"), "b1": ("H",), "W2": ("H", "C")}
    assert lines(found) == ["Z[n, h] = tanh(sum[d](X[n, d]*W1[d, h]) + b1[h])", "out[n, c] = sum[h](Z[n, h]*W2[h, c])"]


def test_shapes_that_are_known_are_kept() -> None:
    found = read_numpy("def f(W, x, b):\n    return np.dot(W, x) + b", tensors=read_tensors("x: input [M]"))
    assert shapes(found) == {"W": ("N", "M"), "x": ("M",), "b": ("N",)}


def test_a_class_is_read_with_its_constructor() -> None:
    code = (
        "class Layer:\n"
        "    def __init__(self, n, m, eps=1e-5):\n"
        "        self.params = {'W': 0.1 * np.random.randn(n, m), 'b': np.zeros(m)}\n"
        "        self.eps = eps\n"
        "    def forward(self, x):\n"
        "        self.y = x @ self.params['W'] + self.params['b'] * self.eps\n"
        "        return self.y\n"
    )
    found = read_numpy(code, "Layer", sizes={"n": "D", "m": "H"}, tensors=read_tensors("x: input [N, D]"))
    assert shapes(found) == {"x": ("N", "D"), "W": ("D", "H"), "b": ("H",)}
    assert [h.name for h in found.hyperparameters] == ["eps"]


@pytest.mark.parametrize(
    ("code", "layer"),
    [
        ("e = np.exp(Z - Z.max(axis=1, keepdims=True))\n    return e / e.sum(axis=1, keepdims=True)", "Y = softmax(Z)"),
        ("return 1 / (1 + np.exp(-Z))", "Y = sigmoid(Z)"),
        ("return np.maximum(0, Z)", "Y = relu(Z)"),
        ("out = Z.copy()\n    out[Z <= 0] = 0\n    return out", "Y = relu(Z)"),
        ("m = np.max(Z, axis=1)[:, None]\n    return Z - m - np.log(np.sum(np.exp(Z - m), axis=1, keepdims=True))",
         "Y[n, c] = Z[n, c] - log(sum[d](exp(Z[n, d])))"),
        ("return (Z - Z.mean(0)) / np.sqrt(Z.var(axis=0) + 1e-5)",
         "m = mean(Z, axis=N)\nv = mean((Z - m)**2, axis=N)\nY = (Z - m) / sqrt(v + 1e-5)"),
        ("return np.linalg.norm(Z, axis=1)", "Y[n] = sqrt(sum[c](Z[n, c]**2))"),
        ("return np.einsum('nc->n', Z)", "Y[n] = sum[c](Z[n, c])"),
        ("return np.einsum('n->n', Z)", ""),
        ("return np.einsum('nc,mc->mn', Z, Z * Z)", "Y[m, n] = sum[c](Z[n, c] * Z[m, c]**2)"),
        ("return np.vecdot(Z, Z + 1)", "Y[n] = sum[c](Z[n, c] * (Z[n, c] + 1))"),
        ("return np.einsum('nn->n', Z)", ""),
        ("return np.einsum('...c->...', Z)", ""),
    ],
)  # fmt: skip
def test_idioms_mean_what_a_lecture_writes(code: str, layer: str) -> None:
    text = f"def f(Z):\n    {code}"
    if not layer:
        with pytest.raises(Unreadable, match="line 2"):
            read_numpy(text)
        return
    from random import Random

    from derive.judging.evaluate import forward
    from derive.judging.sampling import worlds

    found, meant = read_numpy(text, tensors=read_tensors("Z: input [N, C]")), parse(f"Z: input [N, C]\n{layer}")
    world = next(worlds(meant, Random(1).randrange(99), 1))
    given = type(world)(found, world.sizes, {"Z": world.values["Z"]}, {})
    ours, theirs = forward(given).values[found.outputs[-1]], world.values[meant.outputs[-1]]
    assert list(ours) == list(theirs)
    assert all(abs(a - b) <= 1e-20 for a, b in zip(ours.values(), theirs.values(), strict=True))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("for i in range(3):\n        x = x + i\n    return x", "for is not read here"),
        ("return open('/etc/passwd')", "the function open is not read here"),
        ("import os\n    return x", "import is not read here"),
        ("return np.fft.fft(x)", "is not read here"),
        ("return x[1:3]", "1:3 is not read here"),
        ("if x > 0:\n        return x\n    return -x", "depends on numbers"),
        ("return y", "the name y is not known"),
        ("while True:\n        pass", "while is not read here"),
        ("return f(x)", "calls itself"),
        ("return", "returns no array"),
        ("return 3", "computes nothing"),
    ],
)
def test_what_is_no_plain_numpy_is_refused_with_its_reason(body: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_numpy(f"def f(x):\n    {body}")


@pytest.mark.parametrize(
    "code",
    [
        "",
        "def f(:",
        "\0",
        "x = 1",
        "def f(x):\n    return " + "(" * 5000 + "x" + ")" * 5000,
        "def f(x):\n    return " + " + ".join(["x"] * 20_000),
        "def f(x):\n    return x ** 9 ** 9 ** 9",
        "def f(x):\n    return x * 1e308 * 10 ** 400",
        "def g(x):\n    return x * x + x\ndef f(x):\n    return " + "g(" * 60 + "x" + ")" * 60,
        "def f(x):\n" + "".join(f"    m{k} = m{k - 1} * m{k - 1}.max()\n" for k in range(1, 40)).replace("m0", "x")
        + "    return m39",
        "class A:\n    pass",
        "def f(*a, **k):\n    return a",
    ],
)  # fmt: skip
def test_hostile_code_is_read_or_refused_in_no_time(code: str) -> None:
    begun = time.monotonic()
    try:
        read_numpy(code)
    except Unreadable as fault:
        assert fault.message
    assert time.monotonic() - begun < 10


def test_broken_code_never_breaks_the_reader(tmp_path: Path) -> None:
    code = (
        "class L:\n    def __init__(self, W, b):\n        self.W, self.b = W, b\n    def forward(self, x, t):\n"
        "        z = np.dot(x, self.W) + self.b\n        e = np.exp(z - np.max(z, axis=1, keepdims=True))\n"
        "        self.y = e / np.sum(e, axis=1)[:, None]\n        return -np.sum(t * np.log(self.y)) / x.shape[0]\n"
    )
    rng = random.Random(0)
    mark = tmp_path / "mark"
    pieces = ["(", ")", ".T", "[:, None]", "axis=9", "self.", "np.", "-", "x", "None", f"open({str(mark)!r}, 'w')", ","]
    read = 0
    for _ in range(150):
        at = rng.randrange(len(code))
        broken = code[:at] + rng.choice(pieces) + code[at + rng.randrange(4) :]
        try:
            read_numpy(broken)
            read += 1
        except Unreadable:
            pass
    assert 0 < read < 150 and not mark.exists()
