"""``chainrule check FILE.py:NAME``: the seeds as they are, modules that misbehave, and what the command says."""

from __future__ import annotations

import json
import os
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from codegen.cli import run
from codegen.gradcheck.handwritten.code_files import read_code
from codegen.gradcheck.report import from_content
from derive.errors import UnknownName

# Cells of the seeds as they are. 001 lacks its softmax and cross_entropy_error: they stand at its end here.
SEED_001 = """
# 逆伝播

In [21]:
class Relu:
    def __init__(self):
        self.mask = None

    def forward(self, x):
        self.mask = (x <= 0)
        out = x.copy()
        out[self.mask] = 0

        return out

    def backward(self, dout):
        dout[self.mask] = 0
        dx = dout

        return dx

### Sigmoidレイヤ
シグモイド関数

$$
y = \\frac{1}{1+e^{-x}}
$$

In [11]:
class Affine:
    def __init__(self, W, b):
        self.W = W
        self.b = b

        self.x = None
        self.original_x_shape = None
        # 重み・バイアスパラメータの微分
        self.dW = None
        self.db = None

    def forward(self, x):
        # テンソル対応
        self.original_x_shape = x.shape
        x = x.reshape(x.shape[0], -1)
        self.x = x

        out = np.dot(self.x, self.W) + self.b

        return out


    def backward(self, dout):
        dx = np.dot(dout, self.W.T)
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)

        dx = dx.reshape(*self.original_x_shape)  # 入力データの形状に戻す（テンソル対応）
        return dx

In [12]:
import numpy as np
from common.functions import *

x = np.array([[1, 2], [3, 4]])
print(x.shape)  # 2*2

(2, 2)

In [13]:
class SoftmaxWithLoss:
    def __init__(self):
        self.loss = None
        self.y = None # softmaxの出力
        self.t = None # 教師データ

    def forward(self, x, t):
        self.t = t
        self.y = softmax(x)
        self.loss = cross_entropy_error(self.y, self.t)

        return self.loss

    def backward(self, dout=1):
        batch_size = self.t.shape[0]
        dx = (self.y - self.t) / batch_size

        return dx

In [1]:
def softmax(x):
    x = x - np.max(x, axis=-1, keepdims=True)
    return np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True)

def cross_entropy_error(y, t):
    if t.size == y.size:
        t = t.argmax(axis=1)
    batch_size = y.shape[0]
    return -np.sum(np.log(y[np.arange(batch_size), t] + 1e-7)) / batch_size
"""

SEED_002 = '''
In [None]:
import numpy as np
def sigmoid(x):
    """
    - 引数：
    x： 入力データを一次元配列値で指定する。
    """
    return 1.0 / (1.0 + np.exp(-x))

$$
 f'(x)=f(x)(1-f(x))
$$

In [None]:
def sigmoid_der(x):
    output = sigmoid(x)
    return output * (1.0 - output)

def identity(x):
    return x

def identity_der(x):
    return np.ones(len(x))

In [None]:
def sseloss(y_pred, y_true):
    return 0.5 * (y_pred - y_true) ** 2

def sseloss_der(y_pred, y_true):
    return y_pred - y_true
'''

SEED_003 = """* パラメタの勾配
$$\\frac{\\partial{L}}{\\partial{W^{[l]}}}=\\delta^{[l]T}\\bm{A}^{[l-1]}$$

In [1]:
import torch
import torch.nn.functional as F
from sklearn_that_is_not_there import datasets
import pdb

In [7]:
# 線形変換部分(パラメタ)の勾配の算出関数。Aはl-1層目の値で他はl層目の値。
def linear_backward(A, W, b, Z):
     # pytorch.tensorの.grad属性と区別するために.grad_として属性を定義している
     W.grad_ = Z.grad_ @ A
     b.grad_ = torch.sum(Z.grad_, dim=0)
     A.grad_ = Z.grad_ @ W


# ReLU関数
def relu_backward(Z, A):
     Z.grad_ = A.grad_ * ( Z > 0 ).float()

## 補足
tensor * (tensor > 0)の計算について

In [20]:
a = torch.randn((2,3))
print(a)

tensor([[ 0.8516, -1.0509,  0.1294],
"""

SEED_004 = """In [1]:
import numpy as np

In [2]:
class MulLayer:
    def __init__(self):
        self.x = None
        self.y = None
        
    def forward(self, x, y):
        self.x = x
        self.y = y
        out = x * y
        
        return out
    
    def backward(self, dout):
        # x と y をひっくり返す
        dx = dout * self.y
        dy = dout * self.x
        return dx, dy

In [6]:
class Sigmoid:
    def __init__(self):
        self.out = None
        
    def forward(self, x):
        out = 1 / (1 + np.exp(-x))
        self.out = out
        return out

    def backward(self, dout):
        dx = dout * (1.0 - self.out) * self.out
        return dx
"""


def written(folder: Path, text: str, name: str = "layers.py") -> Path:
    path = folder / name
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = run(["check", *arguments])
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    return code, said.out + said.err


@pytest.mark.parametrize(
    ("seed", "name", "code", "words"),
    [
        (SEED_001, "Relu", 1, ("the upstream gradient is written into", "wrong by up to", "dout = dout.copy()")),
        (SEED_001, "Affine", 0, ("x (N, D), W (D, H), b (H,)",)),
        (SEED_001, "SoftmaxWithLoss", 1, ("upstream gradient is ignored", "slightly different functions")),
        (SEED_002, "sigmoid", 0, ("dx",)),
        (SEED_002, "identity", 0, ("x (N,)",)),
        (SEED_002, "sseloss", 0, ("dy_pred",)),
        (SEED_004, "MulLayer", 0, ("dx", "dy")),
        (SEED_004, "Sigmoid", 0, ("overflow",)),
    ],
)
def test_the_seeds_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: str, name: str, code: int, words: tuple[str, ...]
) -> None:
    path = tmp_path / "notebook.txt"
    path.write_text(seed, encoding="utf-8")
    found, said = checked(capsys, f"{path}:{name}")
    assert found == code, said
    assert all(w in said for w in words), said


@pytest.mark.torch
def test_the_line_of_seed_003_is_named_and_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    path = tmp_path / "notebook.txt"
    path.write_text(SEED_003, encoding="utf-8")
    code, said = checked(capsys, f"{path}:linear_backward", "--forward", "affine_torch")
    assert code == 1
    line = SEED_003.splitlines().index("     W.grad_ = Z.grad_ @ A") + 1
    assert f"notebook.txt:{line}: W.grad_ = Z.grad_ @ A" in said
    assert "would be right as: W.grad_ = Z.grad_.T @ A" in said
    assert checked(capsys, f"{path}:relu_backward", "--forward", "relu")[0] == 0


@pytest.mark.torch
@pytest.mark.parametrize(("factor", "code"), [("2", 0), ("3", 1)])
def test_a_torch_function_is_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], factor: str, code: int
) -> None:
    pytest.importorskip("torch")
    text = f"""
        import torch

        class Square(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x ** 2

            @staticmethod
            def backward(ctx, grad_output):
                (x,) = ctx.saved_tensors
                return {factor} * x * grad_output
        """
    found, said = checked(capsys, f"{written(tmp_path, text)}:Square")
    assert found == code, said
    assert "3/2" in said or "1.5 times" in said if code else "dx" in said


HEAD = """
    import numpy as np

    class Double:
        def forward(self, x):
            return 2 * x

        def backward(self, dout):
            return 2 * dout
"""
MISBEHAVIOUR = {
    "exits": ("import sys; sys.exit(7)", 3, "SystemExit: 7 (layers.py"),
    "ends the process": ("import os; os._exit(7)", 3, "ended itself with exit code 7 while running layers.py"),
    "raises": ("raise RuntimeError('no such thing')", 3, "RuntimeError: no such thing (layers.py"),
    "loops": ("while True: pass", 3, "no result within 3 s; it was running layers.py"),
    "needs a library": ("import no_such_library_anywhere", 3, "ModuleNotFoundError"),
    "prints": ("print('x' * 1_000_000); import sys; print('y', file=sys.stderr)", 0, "every check passed"),
    "asks": ("input('go on?')", 3, "EOFError"),
    "warns": ("import warnings; warnings.warn('old')", 0, "every check passed"),
    "changes NumPy": ("np.seterr(all='raise'); np.random.seed(3)", 0, "every check passed"),
    "starts a thread": ("import threading, time; threading.Thread(target=time.sleep, args=(99,)).start()", 0, "passed"),
    "takes all memory": ("a = np.ones(10**10)", 3, "memory"),
}


@pytest.mark.parametrize("how", MISBEHAVIOUR)
def test_a_module_that_misbehaves_is_kept_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str) -> None:
    if how == "takes all memory" and os.name != "posix":
        pytest.skip("memory is not bounded on this system")
    line, code, words = MISBEHAVIOUR[how]
    path = written(tmp_path, textwrap.dedent(HEAD) + "\n" + line + "\n")
    begun = time.monotonic()
    found, said = checked(capsys, f"{path}:Double", "--timeout", "3" if how == "loops" else "60")
    assert (found, words in said) == (code, True), said
    assert "xxxx" not in said
    assert time.monotonic() - begun < 45


METHODS = {
    "forward": ("while True: pass", "return 2 * dout", "no result within 3 s; it was checking Layer"),
    "backward": ("return 2 * x", "while True: pass", "no result within 3 s; it was checking Layer"),
    "exit": ("return 2 * x", "raise SystemExit(2)", "SystemExit"),
    "error": ("return 2 * x", "return self.nothing", "AttributeError"),
}


@pytest.mark.parametrize("where", METHODS)
def test_methods_that_misbehave_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], where: str) -> None:
    forward, backward, words = METHODS[where]
    text = f"""
        class Layer:
            def forward(self, x):
                {forward}

            def backward(self, dout):
                {backward}
        """
    code, said = checked(capsys, f"{written(tmp_path, text)}:Layer", "--timeout", "3")
    assert code in (1, 3) and words in said, said


def test_nothing_of_the_module_runs_in_our_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mark = tmp_path / "mark"
    text = f"import os\nopen({str(mark)!r}, 'w').write(str(os.getpid()))\n" + textwrap.dedent(HEAD)
    assert checked(capsys, f"{written(tmp_path, text)}:Double")[0] == 0
    assert mark.read_text() != str(os.getpid())


def test_the_report_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, textwrap.dedent(HEAD).replace("return 2 * dout", "return -2 * dout"))
    assert run(["check", f"{path}:Double", "--json"]) == 1
    content: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert content["schema_version"] == 1 and content["ok"] is False
    assert content["checked"][0]["diagnosis"] == "the sign is wrong"
    lesson = content["lessons"][0]
    assert lesson["gradient"] == "dx" and lesson["fix"] == "return 2 * dout" and lesson["numpy"]
    assert from_content(content).checked[0].worst is not None


def test_advice_fails_only_if_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, textwrap.dedent(HEAD).replace("return 2 * dout", "dout += dout; return dout"))
    assert checked(capsys, f"{path}:Double")[0] == 1
    path = written(tmp_path, textwrap.dedent(HEAD).replace("return 2 * x", "return x + 0").replace("2 * dout", "dout"))
    assert checked(capsys, f"{path}:Double")[0] == 0
    assert checked(capsys, f"{path}:Double", "--strict")[0] == 1


@pytest.mark.parametrize(
    ("spec", "code", "words"),
    [
        ("layers.py:Dubble", 2, "did you mean Double?"),
        ("layers.py", 2, "layers.py:NAME; it defines Double"),
        ("absent.py:Double", 2, "cannot read"),
        ("broken.py:Double", 2, "is not Python"),
        ("layers.py:np", 3, "no forward and backward"),
    ],
)
def test_slips_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spec: str, code: int, words: str
) -> None:
    written(tmp_path, HEAD)
    written(tmp_path, "def f(:\n", "broken.py")
    found, said = checked(capsys, str(tmp_path / spec))
    assert (found, words in said) == (code, True), said


def test_shapes_and_forward_belong_to_written_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(capsys, "affine", "--shapes", "X=2x3")[0] == 2


def test_code_against_the_layer_that_it_is_to_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = """
        import numpy as np

        class Mean:
            def forward(self, y, t):
                self.d = y - t
                return np.sum(self.d ** 2) / y.shape[0]

            def backward(self, dout=1):
                return dout * 2 * self.d / self.d.shape[0]
        """
    path = written(tmp_path, text)
    assert checked(capsys, f"{path}:Mean")[0] == 0
    code, said = checked(capsys, f"{path}:Mean", "--forward", "Y, T: input [N, D]\nL = sum((Y - T)**2) / (N * D)")
    assert code == 1 and "times the right" in said, said


def test_the_example_of_the_readme_is_true(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## Code written by hand")[2]
    code, shown = (section.partition(f"```{kind}\n")[2].partition("```")[0] for kind in ("python", "text"))
    found, said = checked(capsys, f"{written(tmp_path, code)}:Affine")
    assert found == 1 and shown.strip() in said, said


def test_a_notebook_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# notes"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "import numpy as np\n", "import missing_thing"]},
        {"cell_type": "code", "source": textwrap.dedent(HEAD)},
        {"cell_type": "code", "source": ["raise ValueError('training')"]},
    ]
    path = written(tmp_path, json.dumps({"cells": cells, "nbformat": 4}), "notes.ipynb")
    assert checked(capsys, f"{path}:Double")[0] == 0


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    code = read_code(written(tmp_path, "text\n\n```python\nx = 1\ndef f():\n    pass\n```\n# not code\n", "a.md"))
    assert [n.lineno for n in code.tree.body] == [4, 5]
    with pytest.raises(UnknownName, match="is not a Jupyter notebook"):
        read_code(written(tmp_path, "[]", "b.ipynb"))
