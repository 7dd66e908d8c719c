"""The demonstration: it reaches its goal, leaves what it says, and tells plainly what it lacks."""

import importlib.util
import os
import subprocess
import sys
import xml.etree.ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import codegen
from codegen.cli import run
from codegen.demos import demo
from codegen.writing import MARK

ROOT = Path(codegen.__file__).resolve().parents[1]
ENDINGS = ("layer", "tex", "md", "mmd", "svg", "py")
LAYERS = ("two_layer_net", "sigmoid_net_rows")
WRITTEN = {*(f"{name}.{end}" for name in LAYERS for end in ENDINGS), "digits.png", "plane.png"}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("demo")
    finished = subprocess.run(
        [sys.executable, "-m", "codegen.cli", "demo"],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=300,
    )
    return folder / "chainrule-demo", finished


def test_it_succeeds_and_says_what_to_do_next(shown: Any) -> None:
    _, finished = shown
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert finished.stderr == ""
    for words in ("checked dX, dW1, db1, dW2, db2", "others right", "Look at these", "Now try", "chainrule derive"):
        assert words in finished.stdout


def test_it_leaves_what_it_says(shown: Any) -> None:
    folder, _ = shown
    assert {p.name for p in folder.iterdir() if p.is_file()} == WRITTEN
    for name in WRITTEN:
        assert MARK.encode() in (folder / name).read_bytes()[:2000], name
    for picture in ("digits.png", "plane.png"):
        assert (folder / picture).read_bytes().startswith(b"\x89PNG")
    xml.etree.ElementTree.parse(folder / "two_layer_net.svg")


def test_the_written_network_needs_numpy_alone_and_predicts(shown: Any) -> None:
    folder, _ = shown
    text = (folder / "two_layer_net.py").read_text()
    assert [line for line in text.splitlines() if "import" in line] == ["import numpy as np"]
    X, T, rest_X, rest_T = demo.digits()
    network = demo.imported(folder / "two_layer_net.py").TwoLayerNet(D=64, H=50, C=10, rng=3)
    for _ in network.train(X, T, epochs=20, batch_size=32, learning_rate=0.5, rng=3):
        pass
    assert network.accuracy(rest_X, rest_T) >= demo.GOAL


def test_no_digit_is_both_trained_on_and_kept_back() -> None:
    X, T, rest_X, rest_T = demo.digits()
    assert len(X) + len(rest_X) == 1797 and len(X) == len(T) and len(rest_X) == len(rest_T)
    assert not {x.tobytes() for x in X} & {x.tobytes() for x in rest_X}
    assert np.array_equal(T.sum(axis=1), np.ones(len(T)))


def test_the_plane_is_the_same_each_time() -> None:
    (X, y), (again_X, again_y) = demo.plane(), demo.plane()
    assert X.shape == (600, 2) and y.shape == (600, 1)
    assert np.array_equal(X, again_X) and np.array_equal(y, again_y)


def test_a_goal_that_is_not_reached_ends_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "GOAL", 1.01)
    assert run(["demo", "-o", str(tmp_path / "here")]) == 1
    assert "less than 101%" in capsys.readouterr().out


def test_a_file_of_someone_else_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "two_layer_net.md").write_text("mine")
    assert run(["demo", "-o", str(tmp_path)]) == 2
    assert "--force" in capsys.readouterr().err and (tmp_path / "two_layer_net.md").read_text() == "mine"


def test_what_is_missing_is_named_with_the_command_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda n, *a: None if n in demo.NEEDS else there(n, *a))
    assert run(["demo", "-o", str(tmp_path / "here")]) == 3
    err = capsys.readouterr().err
    assert "pip install scikit-learn matplotlib playground-data" in err
    assert not (tmp_path / "here").exists()
