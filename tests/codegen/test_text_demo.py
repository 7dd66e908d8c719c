"""The demonstration on text: gradients agree with both witnesses, the loss falls, and the wrong is seen."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from codegen.cli import run
from codegen.demos import text_demo
from codegen.demos.text_demo import SIZES, TextDemonstration, batches, by_complex_step, by_torch, reading_matter, sample


def network(folder: Path):
    return TextDemonstration(folder, False, 1, lambda line: None, lambda name: None).written(letters=11)


def batch():
    return next(batches(np.random.default_rng(5).integers(11, size=300)))


def test_it_learns_and_writes(tmp_path, capsys):
    assert run(["demo", "--text", "--steps", "40", "-o", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    for words in ("parameters, on Python's licence", "gradients against a complex step", "trained 40 steps: loss"):
        assert words in shown
    assert (tmp_path / "gpt2.py").exists() and (tmp_path / "gpt2.layer").exists()


def test_each_gradient_is_pytorch_s(tmp_path, torch: ModuleType):
    errors = by_torch(network(tmp_path), batch())
    assert len(errors) == 36
    assert max(errors.values()) < 1e-9


@pytest.mark.parametrize("name", ["E", "W_q1", "b2_2", "W1_1"])
def test_a_wrong_gradient_is_seen(tmp_path, monkeypatch, name, torch: ModuleType):
    wrong = network(tmp_path)
    right = wrong.loss_and_gradient

    def spoilt(*given):
        loss, gradients = right(*given)
        return loss, gradients | {name: gradients[name] * (1 + 1e-6)}

    monkeypatch.setattr(wrong, "loss_and_gradient", spoilt)
    for witness in (by_complex_step, by_torch):
        errors = witness(wrong, batch())
        assert max(errors, key=errors.get) == name
    told: list[str] = []
    demonstration = TextDemonstration(tmp_path, True, 1, told.append, lambda step: None)
    assert not demonstration.checked(wrong, batch())
    assert name in told[0]


def test_a_letter_depends_on_those_before_it_alone(tmp_path):
    made = network(tmp_path)
    token = np.random.default_rng(7).integers(11, size=(1, SIZES["T"]))
    before = made.predict(token, text_demo.causal_mask())
    token[0, 20] = (token[0, 20] + 1) % 11
    after = made.predict(token, text_demo.causal_mask())
    np.testing.assert_allclose(before[0, :20], after[0, :20], rtol=1e-12)
    assert np.abs(before[0, 20:] - after[0, 20:]).max() > 1e-4


def test_a_sample_is_as_long_as_asked_for_and_the_same_again(tmp_path):
    made = network(tmp_path)
    first, again = (list(sample(made, np.array([1, 2, 3]), 5, np.random.default_rng(3))) for _ in range(2))
    assert first == again and len(first) == 5 and set(first) <= set(range(11))


def test_a_file_of_one_s_own(tmp_path):
    (tmp_path / "poem.txt").write_text("so much depends upon a red wheel barrow " * 4)
    assert reading_matter(tmp_path / "poem.txt")[1] == "poem.txt"
    assert run(["demo", "--text", "--file", str(tmp_path / "none.txt"), "-o", str(tmp_path)]) == 3
    (tmp_path / "short.txt").write_text("short")
    assert run(["demo", "--text", "--file", str(tmp_path / "short.txt"), "-o", str(tmp_path)]) == 3
    assert run(["demo", "--file", str(tmp_path / "poem.txt"), "-o", str(tmp_path)]) == 2


def test_a_python_without_its_licence_has_other_texts(monkeypatch, tmp_path):
    monkeypatch.setattr(text_demo.sysconfig, "get_path", lambda name: str(tmp_path))
    text, title = reading_matter(None)
    assert title == "Python's help texts" and len(text) > 10_000
