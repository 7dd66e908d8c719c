"""The benchmarks compare like with like: all contenders compute the same, and the runner runs. No time is judged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.benchmarks import adapter, cases, engine, run
from tests.benchmarks.cases import Case
from tests.benchmarks.expert import dense, norms
from tests.benchmarks.measuring import calls_for, compare

# Every kind of case at small sizes, as different as the kind allows.
SMALL: dict[str, Callable[[], Case]] = {
    "two layers": lambda: cases.relu_net((7, 5, 4), 6, dx=False),
    "two layers dx": lambda: cases.relu_net((7, 5, 4), 6, dx=True),
    "three layers": lambda: cases.relu_net((7, 5, 3, 4), 6, dx=False),
    "tiny, one sample": lambda: cases.tiny(1),
    "tiny, a batch": lambda: cases.tiny(4),
    "affine": lambda: cases.affine(3, 5, 4),
    "relu": lambda: cases.activation("relu", dense.relu, cases.f.relu, (3, 5)),
    "sigmoid": lambda: cases.activation("sigmoid", dense.sigmoid, cases.f.sigmoid, (3, 5)),
    "tanh": lambda: cases.activation("tanh", dense.tanh, cases.f.tanh, (3, 5)),
    "gelu_tanh": lambda: cases.activation("gelu_tanh", dense.gelu_tanh, cases.f.gelu_tanh, (3, 5)),
    "softmax_ce": lambda: cases.softmax_cross_entropy(6, 4),
    "layernorm": lambda: cases.norm("layer_norm", (4, 6), norms.layer_norm, 1),
    "batchnorm": lambda: cases.norm("batch_norm", (6, 4), norms.batch_norm, 0),
    "conv2d": lambda: cases.conv2d(2, 3, 8, 4),
    "maxpool": lambda: cases.max_pool(2, 3, 8),
    "attention": lambda: cases.attention(3, 5, 4),
    "lstm": lambda: cases.lstm_cell(3, 5),
    "embedding": lambda: cases.embedding(5, 3, 11),
}
WITHIN = {"float64": 1e-12, "float32": 2e-4}


@pytest.mark.parametrize("dtype", WITHIN)
@pytest.mark.parametrize("name", SMALL)
def test_all_contenders_compute_the_same(name: str, dtype: str) -> None:
    case = SMALL[name]()
    contenders, _ = run.contenders(case, np.dtype(dtype).type)
    expected = contenders["expert"]()
    for who, step in contenders.items():
        found = case.ours.arranged(step()) if who == "ours" else step()
        assert len(found) == len(expected), who
        for k, (own, other) in enumerate(zip(found, expected, strict=True)):
            assert np.shape(own) == np.shape(other), (who, k)
            assert np.asarray(own).dtype == dtype or who == "seed", (who, k)
            # The seed's loss has 1e-7 inside its logarithm, its gradient has not.
            within = max(WITHIN[dtype], 2e-6 if who == "seed" and k == 0 else 0)
            assert_allclose(own, other, rtol=within, atol=within, err_msg=f"{who} {k}")


def test_a_contender_gives_the_same_twice() -> None:
    for make in SMALL.values():
        case = make()
        contenders, _ = run.contenders(case, np.float64)
        for who, step in contenders.items():
            twice = [case.ours.arranged(r) if who == "ours" else r for r in (step(), step())]
            for first, second in zip(*twice, strict=True):
                assert np.array_equal(first, second), who


@pytest.mark.parametrize("name", ["lstm_cell_64x256", "sdpa_4x8x128x64", "tiny_2_3_1_b4"])
def test_the_adapter_computes_what_the_expert_does(name: str) -> None:
    case = cases.CASES[name]()
    numbers = case.numbers(np.random.default_rng(1), np.float64)
    step = adapter.make(name, numbers)
    assert step is not None
    assert sum(np.size(a) for a in step()) == sum(np.size(a) for a in case.expert(numbers)())
    assert adapter.make("no such case", {}) is None


def test_contenders_are_timed_in_pairs() -> None:
    order: list[str] = []
    found = compare({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, "a", rounds=3, block=1e-6)
    assert found["a"].ratio == 1.0
    assert found["b"].seconds > 0
    assert {"a", "b"} <= set(order)


def test_a_block_is_filled_with_calls() -> None:
    assert calls_for(lambda: None, 1e-4) > 10


def test_a_chain_has_the_depth_asked_for() -> None:
    assert len(engine.chain(10)) == 11
    assert set(engine.growth((2, 4), rounds=1)) == {2, 4}


def test_the_runner_prints_a_table_and_writes_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {name: SMALL[name] for name in ("two layers", "tanh")}
    monkeypatch.setattr(run, "CASES", small)
    run.main(["--rounds", "1", "--depths", "2", "4", "--json", str(tmp_path / "figures.json")])
    printed = capsys.readouterr().out
    found = json.loads((tmp_path / "figures.json").read_text())
    assert set(found["cases"]) == {f"{name} {dtype}" for name in small for dtype in WITHIN}
    for name, timings in found["cases"].items():
        assert name in printed
        assert timings["expert"]["ratio"] == 1.0
        assert timings["limit"]["seconds"] > 0
    assert set(found["engine"]["per_layer"]) == {"2", "4"}
    assert found["engine"]["two_layer_net"]["derive"] > 0
