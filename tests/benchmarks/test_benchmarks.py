"""The benchmarks compare like with like: all contenders compute the same, and the runner runs. No time is judged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.benchmarks import engine, run
from tests.benchmarks.cases import Contenders, tiny, tiny_batch, two_layer_net
from tests.benchmarks.measuring import calls_for, compare


def small_cases() -> dict[str, tuple[Contenders, float]]:
    """Every kind of case at pairwise different small sizes, with the tolerance of its type."""
    return {
        "two_layer_net float64": (two_layer_net(np.float64, batch=6, sizes=(7, 5, 4)), 1e-12),
        "two_layer_net float32": (two_layer_net(np.float32, batch=6, sizes=(7, 5, 4)), 2e-5),
        "tiny": (tiny(np.float64), 1e-12),
        "tiny batch": (tiny_batch(np.float64, batch=4), 1e-12),
    }


@pytest.mark.parametrize("name", small_cases())
def test_all_contenders_compute_the_same_loss_and_gradients(name: str) -> None:
    contenders, within = small_cases()[name]
    loss, gradients = contenders["expert"]()
    assert set(gradients) == {"W1", "b1", "W2", "b2"}
    for who, step in contenders.items():
        other_loss, others = step()
        # The seed's loss has 1e-7 inside its logarithm, its gradient has not.
        assert_allclose(other_loss, loss, rtol=max(within, 2e-6 if who == "seed" else 0), err_msg=who)
        for key, gradient in gradients.items():
            found = others[key]
            assert np.shape(found) == np.shape(gradient), (who, key)
            assert_allclose(found, gradient, rtol=within, atol=within, err_msg=f"{who} {key}")


def test_a_contender_gives_the_same_twice() -> None:
    for contenders, _ in small_cases().values():
        for who, step in contenders.items():
            first, second = step(), step()
            assert first[0] == second[0], who


def test_the_generated_code_keeps_float32() -> None:
    contenders = two_layer_net(np.float32, batch=6, sizes=(7, 5, 4))
    loss, gradients = contenders["network"]()
    assert {np.asarray(a).dtype for a in (loss, *gradients.values())} == {np.dtype(np.float32)}


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
    small: dict[str, Any] = {name: lambda c=contenders: c for name, (contenders, _) in small_cases().items()}
    monkeypatch.setattr(run, "CASES", small)
    run.main(["--rounds", "1", "--depths", "2", "4", "--json", str(tmp_path / "figures.json")])
    printed = capsys.readouterr().out
    found = json.loads((tmp_path / "figures.json").read_text())
    assert set(found["cases"]) == set(small)
    for name in small:
        assert name in printed
        assert found["cases"][name]["seed"]["ratio"] == 1.0
    assert set(found["engine"]["per_layer"]) == {"2", "4"}
    assert found["engine"]["two_layer_net"]["derive"] > 0
